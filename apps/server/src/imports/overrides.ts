import { type CsvColumn, type ImportQuery, ProblemError } from '@eims/contracts'
import { readHeader } from './header.ts'
import type { Names } from './names.ts'
import { type Overrides, readRow } from './read-row.ts'

const columns = {
  profile: 'OSProfile',
  site: 'Site',
  secure: 'Secure',
  account: 'RemoteUser',
  metadata: 'Metadata',
  batch: 'Batch',
} as const satisfies Record<string, CsvColumn>

/**
 * PURE: what the query says for all rows. An empty value empties the column.
 * @throws ProblemError invalid-input naming the parameters that could be no cell
 */
export function readOverrides(query: ImportQuery, names: Names): Overrides {
  const overrides: Overrides = {}
  for (const [key, column] of Object.entries(columns)) {
    const value = query[key as keyof typeof columns]
    if (value !== undefined) overrides[column] = value
  }
  const { header } = readHeader(['MAC'])
  const row = readRow(['52:54:00:00:00:01'], 1, header, names, overrides)
  const wrong = row?.problems ?? []
  if (wrong.length === 0) return overrides
  const fields = wrong.map(({ column, message }) => ({
    path: `query.${Object.entries(columns).find(([, name]) => name === column)?.[0] ?? column}`,
    message,
  }))
  throw new ProblemError('invalid-input', `${fields[0]?.path} ${fields[0]?.message}.`, fields)
}
