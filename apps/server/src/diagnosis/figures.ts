/** Seconds for a sentence: `4 s`, `3 min`, `2 h 10 min`, `3 days`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.floor(hours / 24)} days`
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** Without the full stop that words of others may bring along: it stands within a sentence. */
export const sentence = (text: string): string => text.replace(/\.$/, '')

/** `12 s ago`; times in milliseconds since 1970. */
export const ago = (at: number, now: number): string => `${span((now - at) / 1000)} ago`

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
