import type { Event, Stage } from '@eims/contracts'

/** A machine that is silent for so long between two sightings of its firmware was switched off meanwhile. */
const SILENCE_MS = 10 * 60_000

interface Open {
  name: Stage['name']
  since: number
  /** when it was last heard of */
  heard: number
}

/**
 * How long each part of a machine's way took, out of its timeline. Pure.
 *
 *     firmware   first DISCOVER … kernel fetched       write       first action … write-image done
 *     micro-os   kernel fetched … agent onboarded      hand-over   write-image done … provisioned
 *     waiting    agent onboarded … first action        first-boot  provisioned … the OS has reported itself
 *
 * @param events oldest first; those of actions carry `data.action`, their name; boot.decision carries `data.kind`
 * @param now    milliseconds since 1970: a stage that is not over lasts until then; without it, until the last event
 */
export function stages(events: Event[], now?: number): Stage[] {
  const done: Stage[] = []
  let open: Open | undefined
  const close = (at: number) => {
    if (open) done.push(toStage(open, at))
    open = undefined
  }
  for (const event of events) {
    const at = Date.parse(event.at)
    const heard = Date.parse(event.lastAt)
    if (open?.name === 'firmware' && at - open.heard > SILENCE_MS) close(open.heard)
    const turn = nextStage(open?.name, event)
    if (turn === 'stay') {
      if (open) open.heard = Math.max(open.heard, heard)
      continue
    }
    close(at)
    if (turn !== 'end') open = { name: turn, since: at, heard }
  }
  if (open) close(Math.max(now ?? open.heard, open.heard))
  return done
}

const toStage = ({ name, since }: Open, until: number): Stage => ({
  name,
  startedAt: new Date(since).toISOString(),
  seconds: Math.max(0, until - since) / 1000,
})

/** What an event means for a machine that is in stage `now`. */
function nextStage(now: Stage['name'] | undefined, event: Event): Stage['name'] | 'stay' | 'end' {
  switch (event.kind) {
    case 'dhcp.discover':
    case 'boot.script':
      // After the hand-over a machine that boots from the network first comes by here on its way to the disk.
      return now === 'firmware' || now === 'hand-over' || now === 'first-boot' ? 'stay' : 'firmware'
    case 'boot.decision':
      return now === 'firmware' && ['local-disk', 'refused'].includes(String(event.data.kind)) ? 'end' : 'stay'
    case 'boot.kernel':
      return now === 'firmware' || now === undefined ? 'micro-os' : 'stay'
    case 'agent.onboarded':
      return now === 'write' || now === 'hand-over' ? 'stay' : 'waiting'
    case 'action.started':
      return now === 'waiting' || now === 'micro-os' || now === undefined ? 'write' : 'stay'
    case 'action.ended':
      return now === 'write' && event.data.action === 'write-image' ? 'hand-over' : 'stay'
    case 'run.ended':
      return now === 'write' || now === 'waiting' ? 'end' : 'stay'
    case 'instance.provisioned':
      return 'first-boot'
    case 'instance.running':
    case 'instance.failed':
      return now === undefined ? 'stay' : 'end'
    default:
      return 'stay'
  }
}
