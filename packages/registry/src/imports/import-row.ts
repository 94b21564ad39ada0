import {
  type DiskRule,
  type ImportProblemCode,
  type ImportWarningCode,
  isPlaceholderMac,
  isPlaceholderSerial,
  isPlaceholderUuid,
} from '@eims/contracts'
import { newId } from '../database/id.ts'
import { type Identifier, identifierRows } from '../identity/identifiers.ts'
import { canonicalUuid, normaliseManufacturer } from '../identity/identity.ts'
import { nameFromIdentifiers } from '../nodes/name.ts'

/** An identifier of a row, with the column that it came from. */
interface RowIdentifier extends Identifier {
  column: string
}

export interface RowProblem<Code = ImportProblemCode> {
  /** as the file's header calls it; empty: of the row as a whole */
  column: string
  value: string
  code: Code
  message: string
}

/** A row of an import as its cells say it, each already in the contracts' form. Null: the row says nothing of it. */
export interface ImportRow {
  /** number of its line in the file */
  row: number
  name: string | null
  manufacturer: string | null
  product: string | null
  profileId: string | null
  batchId: string | null
  accountId: string | null
  disk: DiskRule | null
  metadata: Record<string, string> | null
  /** whether the profile must have secure boot and full disk encryption */
  secure: boolean
  identifiers: RowIdentifier[]
  problems: RowProblem[]
  /** doubts about it, for which it is held back only when the import is strict */
  warnings: RowProblem<ImportWarningCode>[]
}

interface Given {
  value: string
  column: string
}

/** PURE: identifiers in their canonical form; placeholders are problems instead, one for each. */
export function importIdentifiers(given: { serial: Given | null; uuid: Given | null; macs: Given[] }): {
  identifiers: RowIdentifier[]
  problems: RowProblem[]
} {
  const problems: RowProblem[] = []
  const identifiers = new Map<string, RowIdentifier>()
  const take = (
    { value, column }: Given,
    isPlaceholder: boolean,
    of: { serial?: string; uuid?: string; macs: string[] },
  ) => {
    if (isPlaceholder) {
      const message = 'is a placeholder that many machines share; it cannot identify one'
      problems.push({ column, value, code: 'placeholder', message })
    } else
      for (const identifier of identifierRows(of))
        identifiers.set(`${identifier.kind} ${identifier.value}`, { ...identifier, column })
  }
  const { serial, uuid, macs } = given
  for (const mac of macs) take(mac, isPlaceholderMac(mac.value), { macs: [mac.value] })
  if (serial) take(serial, isPlaceholderSerial(serial.value), { serial: serial.value, macs: [] })
  if (uuid)
    take(uuid, isPlaceholderUuid(uuid.value) || isPlaceholderUuid(canonicalUuid(uuid.value)), {
      uuid: uuid.value,
      macs: [],
    })
  return { identifiers: [...identifiers.values()], problems }
}

/** What staging writes of a row: all the database needs to judge and merge it without asking back. */
export function stagedDocument(row: ImportRow): string {
  const { identifiers, manufacturer } = row
  return JSON.stringify({
    id: newId(),
    name: row.name,
    fallback: identifiers.length > 0 ? nameFromIdentifiers(identifiers) : null,
    manufacturer,
    maker: normaliseManufacturer(manufacturer) ?? null,
    product: row.product,
    profile_id: row.profileId,
    batch_id: row.batchId,
    account_id: row.accountId,
    disk: row.disk,
    metadata: row.metadata,
    secure: row.secure,
    identifiers,
    problems: row.problems,
    warnings: row.warnings,
  })
}
