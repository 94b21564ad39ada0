import { type CsvColumn, csvColumns, type ImportProblemCode, installedColumn } from '@eims/contracts'
import { shownText } from './cell-text.ts'

/** What people, vendors and other tools call our columns; compared without case, spaces and punctuation. */
const synonyms: Record<CsvColumn | 'Error', string> = {
  Serial: 'serial serialnumber serialno serialnr serialnum sn systemserial systemserialnumber hostserial servicetag',
  UUID: 'uuid systemuuid smbiosuuid hostuuid productuuid',
  OSProfile: 'osprofile profile os operatingsystem osprofilename',
  Site: 'site sitename',
  Secure: 'secure security securefeature secureboot',
  RemoteUser: 'remoteuser account localaccount localaccountname',
  Metadata: 'metadata labels',
  MAC: 'mac macs macaddress macaddresses macaddr bootmac pxemac nicmac ethernetmac',
  Name: 'name hostname nodename host',
  Batch: 'batch batchname lot order ordernumber',
  Manufacturer: 'manufacturer vendor maker make',
  Product: 'product productname model modelname',
  Disk: 'disk diskrule targetdisk osdisk',
  Error: 'error errors errordonotfill',
}
/** Columns of orch-cli that nothing here uses. What stands in them is kept as metadata under the column's name. */
const kept = ['LVMSize', 'CloudInitMeta', 'K8sEnable', 'K8sClusterTemplate', 'K8sConfig', 'AMTEnable']

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const meaning = new Map<string, CsvColumn | 'Error'>()
for (const column of [...csvColumns, 'Error'] as const)
  for (const word of synonyms[column].split(' ')) meaning.set(word, column)
const keptBy = new Map(kept.map((name) => [plain(name), name]))

/** So much of a column's name stands in a report. */
export const MOST_NAME = 100

export interface Header {
  /** as the file has them */
  names: string[]
  /** where each of our columns stands; MACs may have several */
  places: Map<CsvColumn, number[]>
  /** metadata key by place, for columns that nothing here uses */
  metadata: Map<number, string>
  /** place of the error column; null when the file has none */
  error: number | null
  /** columns that nobody knows: named in the report, otherwise ignored */
  unknown: string[]
}

export interface HeaderProblem {
  column: string
  code: ImportProblemCode
  message: string
}

/** PURE: which of our columns stands where, by name, in any order and case; and what makes the file unusable. */
export function readHeader(cells: string[]): { header: Header; problems: HeaderProblem[] } {
  const names = cells.map((cell) => cell.trim())
  const header: Header = { names, places: new Map(), metadata: new Map(), error: null, unknown: [] }
  const problems: HeaderProblem[] = []
  for (const [place, name] of names.entries()) {
    const word = plain(name)
    const column = meaning.get(word) ?? (/^(mac|macaddress|nic|nicmac)\d{1,2}(mac)?$/.test(word) ? 'MAC' : undefined)
    const key = keptBy.get(word)
    const before = column === 'Error' ? header.error : column && header.places.get(column)?.[0]
    if (column && column !== 'MAC' && before !== undefined && before !== null) {
      const message = `means the same as ${shownText(names[before] ?? '', MOST_NAME)}; leave one of them out`
      problems.push({ column: shownText(name, MOST_NAME), code: 'duplicate-column', message })
    } else if (column === 'Error') header.error = place
    else if (column) header.places.set(column, [...(header.places.get(column) ?? []), place])
    else if (key && ![...header.metadata.values()].includes(key)) header.metadata.set(place, key)
    else if (word !== '' && word !== plain(installedColumn)) header.unknown.push(shownText(name, MOST_NAME))
  }
  if (problems.length === 0 && !(['Serial', 'UUID', 'MAC'] as const).some((column) => header.places.has(column))) {
    const known = header.places.size > 0
    const message = known
      ? 'names neither a serial, a UUID nor a MAC, so no machine can be told from another'
      : `must name the columns, such as ${csvColumns.join(', ')}; it says ${shownText(names.slice(0, 5).join(', '), MOST_NAME)}`
    problems.push({ column: '', code: 'no-identifier-column', message })
  }
  return { header, problems }
}
