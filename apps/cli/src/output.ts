/** A table with a header line, columns as wide as their widest cell. Empty cells show as `-`. */
export function table(header: string[], rows: (string | number | null | undefined)[][]): string {
  const cells = [
    header,
    ...rows.map((row) => row.map((cell) => (cell === null || cell === undefined || cell === '' ? '-' : String(cell)))),
  ]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Lines of `name  value`, names aligned; null values show as `-`. */
export function fields(pairs: [string, string | number | null | undefined][]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs
    .map(
      ([name, value]) =>
        `${name.padEnd(width)}  ${value === null || value === undefined || value === '' ? '-' : value}\n`,
    )
    .join('')
}

/** Bytes for people: 182 MB, 2.1 GB. */
export function bytes(count: number | null): string | null {
  if (count === null) return null
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** power
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

/** Seconds for people: 47 s, 3 min 05 s, 2 h 10 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 120) return `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Local wall-clock time of an ISO timestamp: `2026-11-20 13:07:27`. */
export const clock = (iso: string | null): string | null => (iso ? new Date(iso).toLocaleString('sv-SE') : null)

/** One progress line that rewrites itself on a terminal, and stays silent elsewhere. */
export function progressLine(stream: NodeJS.WriteStream): { show(label: string, fraction: number): void; end(): void } {
  const live = stream.isTTY
  return {
    show(label, fraction) {
      if (!live) return
      const width = 30
      const full = Math.round(fraction * width)
      stream.write(
        `\r${label}  [${'#'.repeat(full)}${'.'.repeat(width - full)}] ${String(Math.round(fraction * 100)).padStart(3)} %`,
      )
    },
    end() {
      if (live) stream.write('\r\x1b[K')
    },
  }
}
