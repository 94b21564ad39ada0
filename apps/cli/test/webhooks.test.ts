import type { Webhook } from '@eims/contracts'
import t from 'tap'
import { judgeWebhooks } from '../src/doctor/webhooks.ts'
import { bench, ok, pageOf } from './support/bench.ts'

const at = '2026-11-20T10:00:00.000Z'
const webhook: Webhook = {
  id: '1',
  name: 'mes',
  url: 'https://mes.example/',
  kinds: ['run.ended'],
  enabled: true,
  createdAt: at,
  updatedAt: at,
  cursor: '1',
  backlog: 7,
  attempts: 0,
  failingSince: null,
  lastFailure: null,
  lastFailureAt: null,
  lastSuccessAt: at,
  nextAttemptAt: null,
  givenUpAt: null,
  disabledWhy: null,
}

await t.test('what each verb asks for, and says', async (t) => {
  const delivered = { delivered: true, status: 204, reason: null, milliseconds: 12 }
  let outcome: object = delivered
  const { asked, eims } = await bench(t, (line) => {
    if (line.endsWith('/test')) return ok(outcome)
    if (line === 'POST /api/v1/webhooks') return { status: 201, body: { ...webhook, secret: 'whsec_text' } }
    if (line.startsWith('DELETE')) return { status: 204, body: null }
    return line.startsWith('GET /api/v1/webhooks?') ? pageOf([webhook]) : ok(webhook)
  })
  const url = 'https://mes.example/'
  t.match(await eims('webhooks', 'add', 'mes', '--url', url, '--kind', 'run.ended, instance.*'), /^whsec_text\n/)
  t.strictSame(asked.pop(), ['POST /api/v1/webhooks', { name: 'mes', url, kinds: ['run.ended', 'instance.*'] }])
  t.match(await eims('webhooks', 'list'), /^mes +in order +7 +run\.ended/m)
  t.match(await eims('webhooks', 'show', 'mes'), /^backlog +7$/m)
  await eims('webhooks', 'set', 'mes', '--kind', '', '--enabled', 'no')
  t.strictSame(asked.pop(), ['PATCH /api/v1/webhooks/mes', { kinds: [], enabled: false }])
  t.match(await eims('webhooks', 'test', 'mes'), /^delivered: it answered 204 after 12 ms$/m)
  outcome = { ...delivered, delivered: false, status: 500, reason: 'it answered 500' }
  await t.rejects(eims('webhooks', 'test', 'mes'), { message: 'mes: it answered 500', exitCode: 1 })
  await eims('webhooks', 'delete', 'mes', '--yes')
  t.strictSame(asked.pop(), ['DELETE /api/v1/webhooks/mes', null])
  await t.rejects(eims('webhooks', 'add', 'mes'), { message: /--url/, exitCode: 2 })
  await t.rejects(eims('webhooks', 'set', 'mes'), { message: /nothing to change/, exitCode: 2 })
})

await t.test('doctor: one that fails or was given up is told, with why and what to do', (t) => {
  t.strictSame(judgeWebhooks([]), [])
  t.match(judgeWebhooks([webhook, { ...webhook, enabled: false }]), [{ result: 'ok', says: '2 are told of events.' }])
  const failing = { ...webhook, failingSince: at, lastFailure: 'it answered 500' }
  t.match(judgeWebhooks([webhook, failing]), [
    { name: 'webhook mes', result: 'warn', says: /since .*: it answered 500; 7 events wait/, remedy: /3 days/ },
  ])
  t.match(judgeWebhooks([{ ...webhook, enabled: false, disabledWhy: 'the registry was restored' }]), [
    { result: 'warn', says: /disabled: the registry was restored; 7 events/, remedy: /webhooks set mes --enabled yes/ },
  ])
  t.match(judgeWebhooks([{ ...failing, enabled: false, givenUpAt: at }]), [
    { result: 'warn', says: /given up/, remedy: /webhooks set mes --enabled yes/ },
  ])
  t.end()
})
