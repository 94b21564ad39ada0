import type { BootDecision, BootIdentity } from '@eims/contracts'
import { createBootSession, type Db, hashSecret } from '@eims/registry'
import { newBootToken } from '../tokens.ts'

/** How long after its boot script a machine may take to fetch the Micro-OS and onboard. */
const TTL_SECONDS = 3600

/**
 * Opens a boot session for a machine that is sent into the Micro-OS and gives its boot token, which is stored only as
 * a hash. A decision that leads elsewhere opens none (null). `tls`: the machine asked over TLS, and its token is good
 * for that only.
 */
export async function openBootSession(
  db: Db,
  who: BootIdentity,
  decision: BootDecision,
  tls: boolean,
): Promise<string | null> {
  const intoMicroOs = decision.kind === 'provision' || (decision.kind === 'wait' && decision.where === 'micro-os')
  if (!intoMicroOs) return null
  const token = newBootToken(tls)
  await createBootSession(db, {
    tokenHash: hashSecret(token),
    nodeId: decision.nodeId,
    identity: who.identity,
    bootMac: who.bootMac,
    architecture: who.architecture,
    firmware: who.firmware,
    ttlSeconds: TTL_SECONDS,
  })
  return token
}
