import type { Event } from '@eims/contracts'

/** PURE: an event as a message of the stream (HTML Standard, section 9.2). JSON has no line breaks, so one data line does. */
export const messageOf = (event: Event) => `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`

/** PURE: what somebody hears that goes on behind events which are no more; its id is where that one was. */
export function droppedAfter(after: bigint, upTo: bigint, at: Date): Event {
  const time = at.toISOString()
  return {
    id: String(after),
    kind: 'events.dropped',
    at: time,
    lastAt: time,
    count: 1,
    nodeId: null,
    mac: null,
    runId: null,
    message: `Some of the events from ${after + 1n} to ${upTo} are no longer kept: read anew whatever you follow`,
    data: { after: String(after), upTo: String(upTo) },
  }
}

/** PURE: a sign of life; with it the client's last id moves on past events that its filter left out. */
export const aliveAt = (horizon: bigint) => `: alive\nid: ${horizon}\n\n`
