import type { DiskFacts } from './disks.ts'

/**
 * PURE: whether a rule's `match` means this disk: by any of the names that tools and labels give it, without case.
 * @param pattern a name, with `*` for any characters
 */
export function isMeant(disk: DiskFacts, pattern: string): boolean {
  const glob = new RegExp(
    `^${plain(pattern)
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')}$`,
    's',
  )
  return namesOf(disk).some((name) => glob.test(plain(name)))
}

/** Links are compared by their last part, WWNs without the ways in which tools prefix them. */
const plain = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^\/dev\/disk\/by-(id|path)\//, '')
    .replace(/^\/dev\//, '')
    .replace(/^(wwn-|naa\.|eui\.|0x)+/, '')

function namesOf({ path, serial, wwn, model, busPath, transport }: DiskFacts): string[] {
  const names = [path, serial, wwn, model, busPath].filter((name) => name !== null && name !== undefined)
  const serialId = serial && idText(serial)
  if (serialId) names.push(`${transport}-${serialId}`)
  // links to NVMe disks end with the number of the namespace since systemd 253
  const ends = transport === 'nvme' ? ['', `_${/n(\d+)$/.exec(path)?.[1]}`] : ['']
  if (serialId && model)
    for (const bus of [`${transport}-`, 'scsi-0ATA_', 'scsi-SATA_'])
      names.push(...ends.map((end) => `${bus}${idText(model)}_${serialId}${end}`))
  if (wwn) names.push(`${transport}-${wwn}`, `scsi-3${wwn.replace(/^(naa\.|0x)/, '')}`)
  return names
}

/** As udev writes free text into a link (util_replace_whitespace, util_replace_chars). */
const idText = (text: string): string =>
  text
    .trim()
    .replace(/\s+/g, '_')
    .replace(/[^A-Za-z0-9#+\-.:=@_]/g, '_')
