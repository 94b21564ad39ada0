import { type PhoneHomeReply, type PhoneHomeRequest, ProblemError } from '@eims/contracts'
import {
  appendEvents,
  currentInstance,
  latestRun,
  lockNode,
  phoneHomeInstance,
  setInstanceState,
  setNodeStatus,
  usePhoneHomeToken,
} from '@eims/registry'
import type { Engine } from './engine.ts'

/**
 * The installed OS reports itself. Only a good report makes the instance RUNNING; a bad one makes it FAILED with what
 * cloud-init said. The same report again (a lost reply) gets the same answer.
 */
export async function phoneHome(engine: Engine, token: string, told: PhoneHomeRequest): Promise<PhoneHomeReply> {
  return engine.registry.transaction(async (tx) => {
    const of = await phoneHomeInstance(tx, token)
    // The node first, as everybody takes it: deleting a node takes the token after it.
    if (of) await lockNode(tx, of.nodeId)
    const used = of && (await usePhoneHomeToken(tx, token))
    if (!used) throw new ProblemError('unauthenticated', 'the phone-home token is unknown')
    const [instance, run] = await Promise.all([currentInstance(tx, of.nodeId), latestRun(tx, of.nodeId)])
    if (instance?.id !== of.id || run?.instanceId !== of.id || run.id !== told.instanceId)
      throw new ProblemError('wrong-state', 'the report is of an instance that has been replaced')
    if (used.again) return { state: instance.state === 'RUNNING' ? 'RUNNING' : 'FAILED' }
    const fault = faultOf(told)
    const { osVersion, bootId, machineId, sshHostKeys } = told
    await setInstanceState(tx, instance.id, {
      ...(fault
        ? { state: 'FAILED', statusText: fault, indicator: 'ERROR' }
        : { state: 'RUNNING', statusText: `runs ${osVersion}`, indicator: 'IDLE' }),
      phoneHomeDueAt: null,
      osVersion,
      bootId,
      machineId,
      sshHostKeys,
    })
    await setNodeStatus(
      tx,
      instance.nodeId,
      fault
        ? { statusText: 'its OS did not come up', indicator: 'ERROR' }
        : { statusText: 'provisioned', indicator: 'IDLE' },
    )
    const place = {
      nodeId: instance.nodeId,
      runId: run.id,
      data: { osVersion, bootId, kernel: told.kernel, hostname: told.hostname },
    }
    await appendEvents(tx, [
      fault
        ? { kind: 'instance.failed', message: fault, ...place }
        : { kind: 'instance.running', message: `${osVersion} runs and cloud-init is done`, ...place },
    ])
    return { state: fault ? 'FAILED' : 'RUNNING' }
  })
}

/** PURE: what is wrong with a report, or null. */
export function faultOf({ cloudInit }: Pick<PhoneHomeRequest, 'cloudInit'>): string | null {
  if (cloudInit.status === 'done' && cloudInit.errors.length === 0) return null
  return `cloud-init ended as ${cloudInit.status}${cloudInit.errors.length > 0 ? `: ${cloudInit.errors.join('; ')}` : ''}`.slice(
    0,
    1000,
  )
}
