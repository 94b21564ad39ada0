import type { InstanceState, MediumInstallation } from '@eims/contracts'
import type { Origin } from '@eims/registry'

/** What becomes of a medium's report of a machine that is a node. */
export type MediumVerdict =
  /** its OS is another one than is known of: a new instance */
  | 'anew'
  /** more is known of the instance that there is: how it ended */
  | 'further'
  /** the instance that runs was installed so */
  | 'of-running'
  | 'known'
  | 'older'
  | 'untouched'
  /** the node is to be installed by this server */
  | 'awaited'
  /** what this server saw itself may be older or newer */
  | 'unordered'

interface Known {
  state: InstanceState
  origin: Origin | null
}

/**
 * PURE: how what a medium tells of an installation stands to what is known of the node. Machines' clocks are compared only with
 * themselves: nobody has set them.
 * @param current the node's instance; null: it has none
 * @param origins of all its instances, also of those that were replaced
 */
export function mediumVerdict(told: MediumInstallation, current: Known | null, origins: Origin[]): MediumVerdict {
  const isKnown = origins.some(({ medium, ...of }) => medium && isSame(of, told) && !isFurther(told, medium))
  if (isKnown) return 'known'
  if (!current) return 'anew'
  const { state, origin } = current
  if (origin && isSame(origin, told)) return state === 'RUNNING' ? 'of-running' : 'further'
  if (state === 'PENDING' || state === 'PROVISIONING') return 'awaited'
  const isThere = state === 'RUNNING' || state === 'PROVISIONED'
  if (isThere && told.state === 'FAILED' && told.disk === null) return 'untouched'
  if (!origin?.medium) return 'unordered'
  return Date.parse(told.at) > Date.parse(origin.medium.at) ? 'anew' : 'older'
}

/** PURE: what tells an installation from others of the same machine and medium: when it was begun, else when it was told of. */
export const originOf = (medium: MediumInstallation): Origin & { begunAt: string } => ({
  instanceId: medium.instanceId,
  begunAt: medium.begunAt ?? medium.at,
  medium,
})

const isSame = ({ instanceId, begunAt }: Pick<Origin, 'instanceId' | 'begunAt'>, told: MediumInstallation) =>
  instanceId === told.instanceId && begunAt !== null && Date.parse(begunAt) === Date.parse(originOf(told).begunAt)

const isFurther = (told: MediumInstallation, known: MediumInstallation) =>
  known.state === 'BEGUN' && told.state !== 'BEGUN'
