import { type Sentence, sentence } from '@eims/contracts'

const whole = (seconds: number) => Math.max(0, Math.round(seconds))

/** PURE: seconds for a sentence: `4 s`, `3 min`, `2 h 10 min`, `3 days`. */
export const span = (seconds: number): Sentence => sentence('figure.span', { seconds: whole(seconds) })

/** PURE: `12 s ago`; times in milliseconds since 1970. */
export const ago = (at: number, now: number): Sentence => sentence('figure.ago', { seconds: whole((now - at) / 1000) })

/** PURE: `312 MB`. */
export const megabytes = (bytes: number): Sentence => sentence('figure.megabytes', { bytes })
