import { type PhoneHomeReply, type PhoneHomeRequest, ProblemError, type Reason, worded } from '@eims/contracts'
import { lockNode, phoneHomeInstance, usePhoneHomeToken } from '@eims/registry'
import type { Engine } from './engine.ts'
import { noting } from './refused.ts'
import { beginWork, endWork, setNode, transact } from './work.ts'

/**
 * The installed OS reports itself. Only a good report makes the instance RUNNING; a bad one makes it FAILED with what
 * cloud-init said. The same report again (a lost reply) gets the same answer.
 */
export async function phoneHome(engine: Engine, token: string, told: PhoneHomeRequest): Promise<PhoneHomeReply> {
  const of = await phoneHomeInstance(engine.registry.db, token)
  return noting(engine, { of: 'os', nodeId: of?.nodeId ?? null, mac: null }, () => taken(engine, token, told, of))
}

function taken(
  engine: Engine,
  token: string,
  told: PhoneHomeRequest,
  of: Awaited<ReturnType<typeof phoneHomeInstance>>,
): Promise<PhoneHomeReply> {
  return transact(engine, async (tx) => {
    if (of?.old) throw new ProblemError('unauthenticated', { code: 'phone-home-token-old', slots: {} })
    // The node first, as everybody takes it: deleting a node takes the token after it.
    if (of) await lockNode(tx, of.nodeId)
    const used = of && (await usePhoneHomeToken(tx, token))
    if (!used) throw new ProblemError('unauthenticated', 'the phone-home token is unknown')
    const work = await beginWork(engine, tx, { nodeId: of.nodeId })
    const { instance, run } = work.state.node
    if (instance?.id !== of.id || run?.instanceId !== of.id || run.id !== told.instanceId)
      throw new ProblemError('wrong-state', { code: 'report-of-old-instance', slots: {} })
    if (used.again) return { state: instance.state === 'RUNNING' ? 'RUNNING' : 'FAILED' }
    const fault = faultOf(told)
    const { osVersion, bootId, machineId, sshHostKeys, kernel, hostname, firstBoot, installer } = told
    const reason: Reason = fault ?? { code: 'os-runs', slots: { os: osVersion } }
    work.changes.instance = {
      id: of.id,
      state: fault ? 'FAILED' : 'RUNNING',
      status: { reason, indicator: fault ? 'ERROR' : 'IDLE' },
      phoneHomeDueAt: null,
      osVersion,
      bootId,
      machineId,
      sshHostKeys,
      hostName: hostname,
    }
    setNode(work, {
      status: fault
        ? { reason: { code: 'os-did-not-come-up', slots: {} }, indicator: 'ERROR' }
        : { reason: { code: 'provisioned', slots: {} }, indicator: 'IDLE' },
    })
    const place = {
      nodeId: of.nodeId,
      runId: run.id,
      data: { osVersion, bootId, kernel, hostname, cuts: firstBoot.cuts, ...(installer ? { installer } : {}), reason },
    }
    work.changes.events.push(worded({ kind: fault ? 'instance.failed' : 'instance.running', ...place }))
    await endWork(work)
    return { state: fault ? 'FAILED' : 'RUNNING' }
  })
}

/**
 * PURE: what is wrong with a report; null: nothing. A first boot that was cut comes before what cloud-init says: it takes
 * for done whatever it had begun.
 */
export function faultOf({
  firstBoot,
  cloudInit,
}: Pick<PhoneHomeRequest, 'cloudInit'> & Partial<Pick<PhoneHomeRequest, 'firstBoot'>>): Reason | null {
  if (firstBoot && !firstBoot.whole) return { code: 'first-boot-cut', slots: { times: firstBoot.cuts } }
  const { status, errors } = cloudInit
  return status === 'done' && errors.length === 0 ? null : { code: 'cloud-init-failed', slots: { status, errors } }
}
