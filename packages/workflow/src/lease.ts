/**
 * A lease is swept only this long after it ran out. A server that was down finds every lease over by the clock;
 * agents repeat a report within seconds of its return, so they get this much time to be heard first.
 */
export const LEASE_GRACE_SECONDS = 60

/** So many attempts of one action may be lost before the run fails: a machine that dies each time is broken. */
export const MAX_LOST_ATTEMPTS = 5
