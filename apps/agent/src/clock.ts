/** Further off than this, and the machine's clock is set from the server's `Date`; milliseconds. */
const TOLERANCE = 60_000

/**
 * How far the machine's clock must be set, or null when it is good enough or the header says nothing.
 * @param date the reply's `Date` header (RFC 9110 section 5.6.7)
 * @param now  the machine's clock, milliseconds since 1970
 * @returns seconds since 1970 to set
 */
export function correction(date: string | null, now: number): number | null {
  const served = date === null ? Number.NaN : Date.parse(date)
  if (!Number.isFinite(served) || Math.abs(served - now) <= TOLERANCE) return null
  return Math.round(served / 1000)
}

/**
 * What the boot parameters' time says about the clock. They were made seconds before the agent's first start;
 * at a later start they only prove that an older clock is wrong. TLS needs this before the first reply.
 */
export function correctionAtStart(serverTime: string, now: number, fresh: boolean): number | null {
  return fresh || now < Date.parse(serverTime) ? correction(serverTime, now) : null
}
