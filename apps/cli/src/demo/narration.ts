import { builtinNamed, type Event, type NodeDetail, type Timeline } from '@eims/contracts'

/** One thing that happened to one machine, for a person who watches. */
export interface Step {
  /** milliseconds since 1970, by the server's clock */
  at: number
  node: string
  /** the event's kind, or `progress` */
  kind: string
  text: string
}

/** What of a machine was told already. */
export interface Told {
  events: ReadonlySet<string>
  /** share of the image that was last spoken of, 0 to 1 */
  written: number
}

export const nothingTold: Told = { events: new Set(), written: 0 }

/** What is worth a line of its own, and in which words; the rest of a timeline is for `nodes show`. */
const WORDS: Partial<Record<Event['kind'], (event: Event) => string | null>> = {
  // of the two only iPXE says a user class
  'dhcp.discover': ({ data }) =>
    typeof data.userClass === 'string' ? 'iPXE asks for an address' : 'the firmware asks who can boot it',
  'dhcp.request': () => null,
  'dhcp.dropped': ({ message }) => message,
  'tftp.read': ({ data }) => (data.name === 'autoexec.ipxe' ? null : `gets ${fileOf(data)} by TFTP`),
  'tftp.failed': ({ message }) => message,
  'boot.decision': ({ message }) => `gets its boot script: ${message}`,
  'boot.failed': ({ message }) => message,
  'boot.kernel': () => 'loads the Micro-OS',
  'agent.onboarded': () => 'the Micro-OS runs and has introduced the machine',
  'identity.conflict': ({ message }) => message,
  'run.created': ({ message }) => message,
  'run.ended': ({ message, data }) => (data.state === 'SUCCEEDED' ? null : message),
  'action.started': ({ data }) => builtinNamed(data.action)?.tells?.begun ?? null,
  'action.ended': ({ data, message }) =>
    data.state === 'SUCCEEDED' ? (builtinNamed(data.action)?.tells?.done ?? null) : message,
  'instance.provisioned': () => 'restarts into its OS',
  'instance.running': () => 'the OS reports itself: RUNNING',
  'instance.failed': ({ message }) => message,
}

const fileOf = ({ name }: Event['data']) => (typeof name === 'string' ? name : 'iPXE')

/** A line for every so much of the image. */
const SHARE = 0.2

/**
 * The steps of a machine that were not told yet, oldest first. Pure.
 * @param now milliseconds since 1970, for what has no time of its own
 */
export function narrate(told: Told, node: NodeDetail, timeline: Timeline, now: number): { told: Told; steps: Step[] } {
  const fresh = timeline.events.filter(({ id }) => !told.events.has(id))
  const steps = fresh.flatMap((event) => {
    const text = WORDS[event.kind]?.(event)
    return text ? [{ at: Date.parse(event.at), node: node.name, kind: event.kind as string, text }] : []
  })
  const action = node.run?.actions.find(({ name }) => builtinNamed(name)?.tells?.underway)
  const progress = action?.progress ?? 0
  const written = progress < 1 ? Math.floor(progress / SHARE) * SHARE : told.written
  if (written > told.written) {
    const text = `${builtinNamed(action?.name)?.tells?.underway}, ${Math.round(written * 100)} %`
    steps.push({ at: now, node: node.name, kind: 'progress', text })
  }
  const events = new Set([...told.events, ...fresh.map(({ id }) => id)])
  return { told: { events, written: Math.max(told.written, written) }, steps: steps.sort((a, b) => a.at - b.at) }
}

/** What comes when a machine was switched on. */
export const POWERED_ON = 'its firmware tests itself and starts'

const NEXT: Partial<Record<Event['kind'], string>> = {
  'dhcp.discover': 'fetches what to boot',
  'tftp.read': 'iPXE starts',
  'boot.decision': 'iPXE fetches kernel and Micro-OS',
  'boot.kernel': 'fetches and starts the Micro-OS',
  'agent.onboarded': 'the agent asks what to do',
  'run.created': 'the agent begins',
  'instance.provisioned': 'restarts, and its OS starts',
}

/** PURE: what comes after a step of this kind, for a person who waits for it. */
export function awaited(kind: string, { run }: NodeDetail): string {
  const action = run?.actions.find(({ state }) => state === 'RUNNING')
  const tells = builtinNamed(action?.name)?.tells
  if (kind.startsWith('action.') && tells?.underway && action?.progress)
    return `${tells.underway}, ${Math.round(action.progress * 100)} %`
  return NEXT[kind as Event['kind']] ?? tells?.begun ?? `the agent is at work${action ? `: ${action.name}` : ''}`
}

/** One step as a line: seconds since `start`, the machine, what happened. */
export function stepLine(step: Omit<Step, 'kind'>, start: number): string {
  const seconds = Math.max(0, Math.round((step.at - start) / 1000))
  return `${String(seconds).padStart(5)} s  ${step.node.padEnd(7)}  ${step.text}\n`
}
