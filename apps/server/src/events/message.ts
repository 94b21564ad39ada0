import type { Event } from '@eims/contracts'

/** PURE: an event as a message of the stream (HTML Standard, section 9.2). JSON has no line breaks, so one data line does. */
export const messageOf = (event: Event) => `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`

/** PURE: a sign of life; with it the client's last id moves on past events that its filter left out. */
export const aliveAt = (horizon: bigint) => `: alive\nid: ${horizon}\n\n`
