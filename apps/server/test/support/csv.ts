import type { ImportQuery, ImportReport } from '@eims/contracts'
import type { Site } from './site.ts'

/** Imports a text or bytes as a CSV file, as the operator. */
export function importCsv(site: Site, file: string | Buffer, query: Partial<ImportQuery> = {}): Promise<ImportReport> {
  const rawBody = typeof file === 'string' ? Buffer.from(file) : file
  return site.client(site.admin, site.keys.operator)(
    'importNodes',
    { query },
    { rawBody: new Uint8Array(rawBody), contentType: 'text/csv', timeout: 600_000 },
  )
}

/** A text of the administrator's listener, with its status. */
export async function getText(site: Site, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${site.admin}${path}`, { headers: { authorization: `Bearer ${site.keys.viewer}` } })
  return { status: response.status, text: Buffer.from(await response.arrayBuffer()).toString('utf8') }
}

/** Problems as `row column code`, in the order of rows. */
export const codes = ({ problems }: Pick<ImportReport, 'problems'>): string[] =>
  problems
    .flatMap(({ rows, column, code }) => rows.map((row) => ({ row, text: `${row} ${column} ${code}` })))
    .sort((one, other) => one.row - other.row)
    .map(({ text }) => text)

/** What rows may name on a site where nothing has a name yet. */
export const names = {
  site: 'Default',
  profile: () => undefined,
  account: () => undefined,
  batch: () => undefined,
  insteadOfProfile: () => 'there are: none',
  insteadOfAccount: () => 'there are: none',
  newBatches: () => [],
}
