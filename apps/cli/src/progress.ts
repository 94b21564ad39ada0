import { clip } from './text-width.ts'

const BAR = 24

/** One line that rewrites itself on a terminal, and stays silent elsewhere. */
export interface ProgressLine {
  /** @param fraction 0 to 1, or null when nobody knows; @param note after the bar: `12 of 98` */
  show(label: string, fraction: number | null, note?: string): void
  /** removes the line; what is printed next begins in its place */
  end(): void
}

/** @param now milliseconds on any clock that does not jump */
export function progressLine(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): ProgressLine {
  let startedAt: number | null = null
  return {
    show(label, fraction, note = '') {
      if (!stream.isTTY) return
      startedAt ??= now()
      const left = fraction === null ? '' : remaining(fraction, now() - startedAt)
      const text = `${label}  ${fraction === null ? '' : `${bar(fraction)}  `}${[note, left].filter(Boolean).join(', ')}`
      stream.write(`\r\x1b[K${clip(text.trimEnd(), (stream.columns || 80) - 1)}`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
      startedAt = null
    },
  }
}

/** `[######..................]  25 %` */
function bar(fraction: number): string {
  const share = Math.min(1, Math.max(0, fraction))
  const full = Math.floor(share * BAR)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`
}

/** What is left at the pace so far; silent for the first seconds, when it would be a guess. */
function remaining(fraction: number, elapsed: number): string {
  if (elapsed < 3000 || fraction < 0.02 || fraction >= 1) return ''
  const seconds = Math.ceil((elapsed / fraction - elapsed) / 1000)
  return seconds < 120 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`
}
