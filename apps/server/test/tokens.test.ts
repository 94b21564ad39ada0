import { hashSecret } from '@eims/registry'
import t from 'tap'
import { forTlsOnly, newBootToken, newToken, sessionIdOf, sessionToken, sessionTokenFits } from '../src/tokens.ts'

const key = new Uint8Array(32).fill(7)
const agent = hashSecret('agent key')

await t.test('a session token opens its own session and no other', async (t) => {
  const token = sessionToken(key, 'session-1', agent)
  t.equal(sessionIdOf(token), 'session-1')
  t.equal(sessionTokenFits(key, token, 'session-1', agent), true)
  t.equal(sessionToken(key, 'session-1', agent), token, 'a repeated onboarding gives the same one')
  t.equal(sessionTokenFits(key, token, 'session-2', agent), false)
  t.equal(sessionTokenFits(key, token, 'session-1', hashSecret('another agent')), false)
  t.equal(sessionTokenFits(new Uint8Array(32), token, 'session-1', agent), false, 'a token of another site')
  t.equal(sessionTokenFits(key, `${token}x`, 'session-1', agent), false)
})

await t.test('a token that was given over TLS says so, and cannot be made to say otherwise', async (t) => {
  const [tls, plain] = [sessionToken(key, 'session-1', agent, true), sessionToken(key, 'session-1', agent)]
  t.strictSame([tls, plain].map(forTlsOnly), [true, false])
  t.strictSame([newBootToken(true), newBootToken(false)].map(forTlsOnly), [true, false])
  t.equal(sessionIdOf(tls), 'session-1')
  t.equal(sessionTokenFits(key, tls, 'session-1', agent), true)
  t.equal(sessionTokenFits(key, tls.replace('tls.', ''), 'session-1', agent), false)
  t.equal(sessionTokenFits(key, `tls.${plain}`, 'session-1', agent), false)
})

await t.test('what is no session token names no session', async (t) => {
  for (const text of ['', 'x', 'session-1.', `../${'a'.repeat(43)}`, `s.${'a'.repeat(44)}`])
    t.equal(sessionIdOf(text), null, text)
})

await t.test('tokens are long and never the same', async (t) => {
  t.ok(newToken().length >= 43)
  t.not(newToken(), newToken())
})
