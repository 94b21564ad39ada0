import { ProblemError } from '@eims/contracts'
import type { BootSession, MachineState } from '@eims/registry'
import { forTlsOnly, readSessionToken } from '../tokens.ts'
import { refusePlain } from '../urls.ts'
import type { Caller, Engine } from './engine.ts'

/**
 * The agent that calls with this session token, under this base URL of ours. No database is asked: the token proves
 * itself. Throws session-over when it is not one of ours, tls-only when it comes by plain HTTP and onboarded over TLS, or
 * the site boots over nothing else.
 * @param lease seconds; a policy of the transport by which it calls
 */
export async function callerOf(
  { signingKey, httpsOnly }: Pick<Engine, 'signingKey' | 'httpsOnly'>,
  { token, base, lease }: { token: string; base: string; lease: number },
): Promise<Caller> {
  refusePlain(base, { begunOverTls: forTlsOnly(token), httpsOnly: httpsOnly() })
  const session = readSessionToken(await signingKey(), token)
  if (!session) throw new ProblemError('session-over', 'the session is unknown')
  return { ...session, base, lease }
}

/**
 * The caller's session, out of what was read of its machine.
 * Throws session-over when it is gone, or the machine has booted anew and its newer agent has the node.
 */
export function sessionOf({ session }: MachineState, { agentKeyHash }: Caller): BootSession {
  if (!session) throw new ProblemError('session-over', 'the session is unknown')
  if (session.agentKeyHash !== agentKeyHash) throw new ProblemError('session-over', { code: 'booted-anew', slots: {} })
  return session
}
