import { beginImport, type ImportRow, importIdentifiers, importNodes } from '../src/index.ts'
import type { FreshDatabase } from './fresh-database.ts'

interface Row {
  serial?: string
  manufacturer?: string
  mac?: string
  name?: string
  product?: string
  profileId?: string
  metadata?: Record<string, string>
}

/** Imports rows as `id`, by ann, from the file list.csv. */
export async function importing({ registry, siteId }: FreshDatabase, id: string, rows: Row[]) {
  const { db } = registry
  await beginImport(db, { id, file: 'list.csv', actor: 'ann', batch: null, serverId: 'one' })
  const from = rows.map(({ serial, manufacturer, mac, name, product, profileId, metadata }, index): ImportRow => {
    const row = index + 2
    const given = (value: string | undefined, column: string) => (value === undefined ? null : { value, column })
    const macs = mac === undefined ? [] : [{ value: mac, column: 'mac' }]
    return {
      row,
      name: name ?? null,
      manufacturer: manufacturer ?? null,
      product: product ?? null,
      profileId: profileId ?? null,
      batchId: null,
      accountId: null,
      disk: null,
      metadata: metadata ?? null,
      secure: false,
      warnings: [],
      ...importIdentifiers({ serial: given(serial, 'serial'), uuid: null, macs }),
    }
  })
  return importNodes(
    registry,
    {
      dryRun: false,
      mode: 'atomic',
      onExisting: 'update',
      strict: false,
      siteId,
      actor: 'ann',
      subject: id,
      note: {},
      fileName: 'list.csv',
    },
    {
      async *rows() {
        yield* from
      },
      outcome: () => ({ columns: { name: 'name', secure: 'secure' }, newBatches: [], broken: false }),
      judged: async () => {},
      onStage: () => {},
    },
  )
}
