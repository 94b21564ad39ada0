import { type CsvColumn, csvColumns, csvLine, guardedCell } from '@eims/contracts'
import type { ExportNode } from '@eims/registry'
import { pairsText } from './cell-text.ts'
import { diskText } from './disk-cell.ts'

const installedText = ({ installed }: ExportNode) =>
  installed ? `${[installed.profile, installed.version].filter(Boolean).join(' ')}, image ${installed.image}` : ''

/**
 * PURE: a node as a line that the import takes again and then changes nothing. The site stays empty, so that another
 * site takes it, too.
 */
export function exportLine(node: ExportNode): string {
  const cells: Record<CsvColumn, string> = {
    Serial: node.serial ?? '',
    UUID: node.uuid ?? '',
    OSProfile: node.profile ?? '',
    Site: '',
    Secure: node.secure ? 'true' : '',
    RemoteUser: node.account ?? '',
    Metadata: pairsText(node.metadata),
    MAC: node.macs.join(';'),
    Name: node.name,
    Batch: node.batch ?? '',
    Manufacturer: node.manufacturer ?? '',
    Product: node.product ?? '',
    Disk: diskText(node.disk),
  }
  return csvLine([...csvColumns.map((column) => guardedCell(cells[column])), guardedCell(installedText(node)), ''])
}
