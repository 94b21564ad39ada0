/** One boot of a machine that goes, or went, under a node's name. Times in milliseconds on the database's clock. */
export interface Claimant {
  /** lower case, none that many machines share */
  macs: string[]
  /** its last word */
  heardAt: number
  /** the node is no longer its session's */
  ended: boolean
  /** it did the run that the node's present OS comes from */
  wrote: boolean
}

/** A machine that asks for a node, and when it came into the Micro-OS. */
export interface Newcomer {
  macs: string[]
  since: number
}

/** `silent`: nothing was heard of it for so long (ms) up to now, and it may not stay so */
export type Twin = { of: { macs: string[] } } & (
  | { kind: 'alive' | 'installed' | 'claimed' }
  | { kind: 'undecided'; silent: number }
)

/**
 * PURE: the other machine that keeps a newcomer from a node; null: it may have it. Two machines that say the same serial
 * and UUID are told apart by their MACs: one in common, and they are one machine, which booted anew after a power cut,
 * and has the node at once. Otherwise the node changes hands only when its holder has been silent for longer than its
 * heartbeat (it may be the same machine at another dock); a word of the holder since the newcomer is there proves that
 * they are two, for as long as this newcomer stays.
 * Compared are machines as their agents saw them, never the node's record: that may know no MAC, or those of docks.
 * @param about.claimed the MAC that a person said is the node's
 * @param about.listeningSince since when agents could be heard without a break; null: they cannot yet
 * @param about.heartbeat milliseconds for which a living holder may be silent
 */
export function twinOf(
  { macs, since }: Newcomer,
  others: Claimant[],
  about: { claimed: string | null; now: number; listeningSince: number | null; heartbeat: number },
): Twin | null {
  const { claimed, now, listeningSince, heartbeat } = about
  if (claimed !== null) return macs.includes(claimed) ? null : { kind: 'claimed', of: { macs: [claimed] } }
  const isOther = (each: Claimant) => !each.macs.some((mac) => macs.includes(mac))
  const alive = others.find((each) => isOther(each) && each.heardAt > since)
  if (alive) return { kind: 'alive', of: alive }
  const wrote = others.filter((each) => each.wrote)
  if (wrote[0] && wrote.every(isOther)) return { kind: 'installed', of: wrote[0] }
  const holder = others.find((each) => !each.ended && isOther(each))
  if (!holder) return null
  const silent = now - Math.max(holder.heardAt, listeningSince ?? now)
  return silent > heartbeat ? null : { kind: 'undecided', of: holder, silent }
}
