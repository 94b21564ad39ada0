import { hash } from 'node:crypto'
import { tarEnd, tarEntry } from '@eims/contracts'
import { SUMS, sumsOf } from '@eims/edge-config'

/** An object that K3s would take. */
export const anObject = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`

/** The archive of a set, as `eims addons add` makes it of such files. */
export function addonArchive(files: Record<string, string | Buffer>, sums?: string): Buffer {
  const entries = Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content) }))
  const own = sumsOf(entries.map(({ path, bytes }) => ({ path, sha256: hash('sha256', bytes) })))
  const all = [...entries, { path: SUMS, bytes: Buffer.from(sums ?? own) }]
  return Buffer.concat([...all.map(({ path, bytes }) => tarEntry(path, bytes, 0)), tarEnd])
}
