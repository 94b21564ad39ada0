import { hashSecret } from '@eims/registry'
import t from 'tap'
import { forTlsOnly, newBootToken, newToken, readSessionToken, sessionToken } from '../src/tokens.ts'

const key = new Uint8Array(32).fill(7)
const agent = hashSecret('agent key')

const other = hashSecret('another agent')
const mine = { sessionId: 'session-1', agentKeyHash: agent }

await t.test('a session token opens its own session and no other, for its own agent', async (t) => {
  const token = sessionToken(key, 'session-1', agent)
  t.strictSame(readSessionToken(key, token), mine)
  t.equal(sessionToken(key, 'session-1', agent), token, 'a repeated onboarding gives the same one')
  t.equal(readSessionToken(key, token.replace('session-1', 'session-2')), null)
  t.equal(readSessionToken(key, token.replace(agent, other)), null)
  t.equal(readSessionToken(new Uint8Array(32), token), null, 'a token of another site')
  t.equal(readSessionToken(key, `${token}x`), null)
  t.equal(readSessionToken(key, token.slice(0, -1)), null)
})

await t.test('a token that was given over TLS says so, and cannot be made to say otherwise', async (t) => {
  const [tls, plain] = [sessionToken(key, 'session-1', agent, true), sessionToken(key, 'session-1', agent)]
  t.strictSame([tls, plain].map(forTlsOnly), [true, false])
  t.strictSame([newBootToken(true), newBootToken(false)].map(forTlsOnly), [true, false])
  t.strictSame(readSessionToken(key, tls), mine)
  t.equal(readSessionToken(key, tls.replace('tls.', '')), null)
  t.equal(readSessionToken(key, `tls.${plain}`), null)
})

await t.test('what is no session token names no session', async (t) => {
  const proof = 'a'.repeat(43)
  for (const text of [
    '',
    'x',
    'session-1.',
    `session-1.${proof}`,
    `session-1.${agent}.`,
    `session-1.${agent}.${proof}`,
    `session-1.${agent}.${proof}a`,
    `session-1.${agent.toUpperCase()}.${proof}`,
    `../${agent}.${proof}`,
  ])
    t.equal(readSessionToken(key, text), null, text)
})

await t.test('tokens are long and never the same', async (t) => {
  t.ok(newToken().length >= 43)
  t.not(newToken(), newToken())
})
