import { builtinNamed, type Event, type Stage } from '@eims/contracts'

/** A machine that is silent for so long between two sightings of its firmware was switched off meanwhile. */
const SILENCE_MS = 10 * 60_000
/** Of a machine that loops, the newest passes are kept. */
const PASSES_KEPT = 20

interface Open {
  name: Stage['name']
  since: number
  /** when it was last heard of */
  heard: number
}

/**
 * How long each part of a machine's way took, out of its timeline. Pure.
 *
 *     firmware   first DISCOVER … kernel fetched       write       first action … image written
 *     micro-os   kernel fetched … agent onboarded      hand-over   image written … provisioned
 *     waiting    agent onboarded … first action        first-boot  provisioned … the OS has reported itself
 *
 * Each power-on and each reprovisioning begins a pass; a finished machine that comes by on its way to the disk while
 * its OS is still awaited does not. Of the newest twenty passes.
 * @param events oldest first; those of actions carry `data.action`, their name; boot.decision carries `data.kind`
 * @param now    milliseconds since 1970: a stage that is not over lasts until then; without it, until the last event
 */
export function stages(events: Event[], now?: number): Stage[] {
  const { done, pass } = walk(events, now)
  return done.filter((stage) => stage.pass > pass - PASSES_KEPT)
}

/**
 * The events of each pass, oldest first; the last list is of the newest pass, which holds but the request when a person
 * wants the machine imaged again and it was not heard since. What came before the first pass belongs to it.
 */
export function passes(events: Event[]): Event[][] {
  const { passOf, pass } = walk(events)
  const lists: Event[][] = Array.from({ length: Math.max(1, pass) }, () => [])
  for (const [index, event] of events.entries()) lists[Math.max(1, passOf[index]!) - 1]!.push(event)
  return lists.slice(-PASSES_KEPT)
}

function walk(events: Event[], now?: number): { done: Stage[]; passOf: number[]; pass: number } {
  const done: Stage[] = []
  const passOf: number[] = []
  let pass = 0
  /** the pass has begun, but no stage of it */
  let fresh = false
  let open: Open | undefined
  /** firmware heard while the installed OS is awaited: on its way to the disk, unless it fetches a kernel */
  let passingBy: { since: number; heard: number } | undefined

  const close = (at: number) => {
    if (open) done.push(toStage(pass, open, at))
    open = undefined
    passingBy = undefined
  }
  const beginPass = () => {
    if (!fresh) pass++
    fresh = false
  }

  for (const event of events) {
    const at = Date.parse(event.at)
    const heard = Date.parse(event.lastAt)
    if (open?.name === 'firmware' && at - open.heard > SILENCE_MS) close(open.heard)
    const awaited = open?.name === 'hand-over' || open?.name === 'first-boot'
    if (awaited && isFirmware(event)) {
      const since = passingBy && at - passingBy.heard <= SILENCE_MS ? passingBy.since : at
      passingBy = { since, heard }
    }
    if (passingBy && event.kind === 'boot.kernel') {
      const { since } = passingBy
      close(since)
      beginPass()
      open = { name: 'firmware', since, heard: since }
    }
    if (event.kind === 'boot.decision' && leadsElsewhere(event)) passingBy = undefined

    const turn = nextStage(open?.name, event)
    if (turn === 'stay') {
      if (open) open.heard = Math.max(open.heard, heard)
    } else {
      close(at)
      if (turn === 'again') {
        beginPass()
        fresh = true
      } else if (turn !== 'end') {
        if (turn === 'firmware' || pass === 0 || fresh || (turn === 'micro-os' && isOver(done, pass))) beginPass()
        open = { name: turn, since: at, heard }
      }
    }
    passOf.push(pass)
  }
  if (open) close(Math.max(now ?? open.heard, open.heard))
  return { done, passOf, pass }
}

const isFirmware = ({ kind }: Event) => kind === 'dhcp.discover'
const leadsElsewhere = ({ data }: Event) => ['local-disk', 'refused'].includes(String(data.kind))
const isOver = (done: Stage[], pass: number) => done.some((stage) => stage.pass === pass && stage.name !== 'firmware')

const toStage = (pass: number, { name, since }: Open, until: number): Stage => ({
  pass,
  name,
  startedAt: new Date(since).toISOString(),
  seconds: Math.max(0, until - since) / 1000,
})

/** What an event means for a machine that is in stage `now`; `again`: a person has it begin anew. */
function nextStage(now: Stage['name'] | undefined, event: Event): Stage['name'] | 'stay' | 'end' | 'again' {
  switch (event.kind) {
    case 'dhcp.dropped':
      return now === undefined ? 'firmware' : 'stay'
    case 'dhcp.discover':
      // After the hand-over a machine that boots from the network first comes by here on its way to the disk.
      return now === 'firmware' || now === 'hand-over' || now === 'first-boot' ? 'stay' : 'firmware'
    case 'boot.decision':
      return now === 'firmware' && leadsElsewhere(event) ? 'end' : 'stay'
    case 'boot.kernel':
      return now === 'firmware' || now === undefined ? 'micro-os' : 'stay'
    case 'agent.onboarded':
      return now === 'write' || now === 'hand-over' ? 'stay' : 'waiting'
    case 'action.started':
      return now === 'waiting' || now === 'micro-os' || now === undefined ? 'write' : 'stay'
    case 'action.ended':
      return now === 'write' ? (builtinNamed(event.data.action)?.thenStage ?? 'stay') : 'stay'
    case 'run.ended':
      return now === 'write' || now === 'waiting' ? 'end' : 'stay'
    case 'node.changed':
      // `wish`: as earlier versions wrote it
      return (event.data.request ?? event.data.wish) === 'reprovision' ? 'again' : 'stay'
    case 'instance.provisioned':
      // Installed from a medium, and told of later: nobody knows when it booted.
      return event.data.medium ? (now === undefined ? 'stay' : 'end') : 'first-boot'
    case 'instance.running':
    case 'instance.failed':
      return now === undefined ? 'stay' : 'end'
    default:
      return 'stay'
  }
}
