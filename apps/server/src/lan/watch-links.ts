import { again } from '../again.ts'
import type { Presence, Segment } from '../segment.ts'
import { follow, type Link } from './link.ts'
import type { Rebound } from './rebind.ts'

interface LinkWatch {
  segments: Segment[]
  read: (name: string) => Link
  rebind: (segment: Segment) => Promise<Rebound>
  /** a segment is not as it was; it says already how it is now */
  onChange: (segment: Segment, was: Presence) => void
  /** the sockets of a segment cannot be bound to the device that has its name now */
  onDeaf: (segment: Segment, why: string) => void
  /** a look that failed; the next one comes all the same */
  onFailure: (error: unknown) => void
  /** milliseconds between two looks */
  every?: number
}

const EVERY_MS = 1000

/** Looks every second how the served interfaces are, and keeps sockets and segments to it, until it is disposed of. */
export function watchLinks({ every = EVERY_MS, onFailure, ...watch }: LinkWatch): AsyncDisposable {
  return again(async () => {
    await lookOnce(watch).catch(onFailure)
    return every
  }, every)
}

/** One look at all of them. */
export async function lookOnce({
  segments,
  read,
  rebind,
  onChange,
  onDeaf,
}: Omit<LinkWatch, 'every' | 'onFailure'>): Promise<void> {
  for (const segment of segments) {
    const { index, address, formerAddresses, mtu, away } = segment
    const was = { index, address, formerAddresses, mtu, away }
    const { now, reopen } = follow(was, read(segment.interface))
    const rebound = reopen ? await rebind(segment) : 'bound'
    if (typeof rebound === 'object') onDeaf(segment, rebound.refused)
    // Gone again: the next look sees it, or yet another one.
    if (rebound !== 'bound') continue
    Object.assign(segment, now)
    if (isOther(was, now)) onChange(segment, was)
  }
}

const isOther = (was: Presence, now: Presence) =>
  was.index !== now.index || was.address !== now.address || was.mtu !== now.mtu || was.away !== now.away
