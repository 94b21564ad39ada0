import { type Reason, readReason, say } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { chooseDisk } from '../src/actions/choose-disk.ts'
import { openDisk } from '../src/disk/block-device.ts'
import { Failure, reasonOf } from '../src/failure.ts'
import { openState } from '../src/state.ts'
import { action, session, startAgent } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { stubServer } from './support/stub-server.ts'

const reason: Reason = { code: 'disk-in-use', slots: { disk: '/dev/sda' } }
const text = 'The disk /dev/sda is in use (mounted, or part of a RAID or volume group)'

await t.test('a failure is a reason with its sentence, and what is none is told in its own words', async (t) => {
  const failure = new Failure(reason, new Error('EBUSY'))
  t.match(failure, { message: text, reason, cause: { message: 'EBUSY' } })
  t.strictSame(reasonOf(failure), reason)
  t.strictSame(reasonOf(new Error('bad block')), { code: 'told', slots: { text: 'bad block' } })
  t.strictSame(reasonOf('bad block'), { code: 'told', slots: { text: 'bad block' } })
})

await t.test('it holds what a server reads', async (t) => {
  const gone = await openDisk('/nonexistent', 'read').catch(reasonOf)
  t.match(gone, { code: 'disk-error', slots: { disk: '/nonexistent', doing: 'open', offset: null } })
  const args = { rule: {}, imageSize: 1, overwrite: false, overwriteReason: reason }
  const none = chooseDisk([], args)
  for (const each of [gone, reasonOf(new Failure('refused' in none ? none.refused : reason))])
    t.strictSame(readReason(each), each)
})

for (const [name, thrown, code] of [
  ['a failure', new Failure(reason), 'disk-in-use'],
  ['any other error', new Error(text), 'told'],
] as const)
  await t.test(`${name} is reported with its code and its sentence, and kept so until it was accepted`, async (t) => {
    const stateDir = tempDir(t)
    const server = await stubServer(t, {
      onboard: () => session,
      next: () => action('one'),
      report: () => ({ cancelled: false, leaseSeconds: 30 }),
    })
    const kept: unknown[] = []
    const agent = startAgent(t, {
      bases: [server.base],
      stateDir,
      execute: () => Promise.reject(thrown),
    })
    await until(() => {
      const outbox = openState(stateDir).outbox()
      if (outbox) kept.push(outbox.report)
      return kept.length > 0
    })
    agent.stop()
    t.match(kept[0], { state: 'FAILED', message: null, reason: { code, text }, result: null })
    t.equal(say(readReason((kept[0] as { reason: unknown }).reason) as Reason), text)
    await until(() => server.reports.some(({ state }) => state === 'FAILED'))
    t.strictSame(
      server.reports.find(({ state }) => state === 'FAILED')?.reason,
      (kept[0] as { reason: unknown }).reason,
    )
  })
