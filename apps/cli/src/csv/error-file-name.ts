import { basename } from 'node:path'

/**
 * PURE: where the rows that need mending go: beside nothing of the user's. `x.csv` -> `x.errors.csv`, in the present
 * folder; when that is there, with a number, so that a file that is being mended is never written over.
 */
export function errorFileName(input: string, isTaken: (name: string) => boolean): string {
  const stem = basename(input === '-' ? 'import' : input)
    .replace(/\.(csv|txt|tsv|xlsx|xlsm)$/i, '')
    .replace(/\.errors(-\d+)?$/, '')
  for (let number = 1; ; number++) {
    const name = `${stem}.errors${number === 1 ? '' : `-${number}`}.csv`
    if (!isTaken(name)) return name
  }
}
