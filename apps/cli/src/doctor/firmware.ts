import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { type Check, ok, warn } from './check.ts'

/** What a module of the Micro-OS may ask for below /lib/firmware. */
export interface Wanted {
  module: string
  file: string
}

const HEADER = 110
const MOST_UNPACKED = 1024 * 1024 * 1024
const MODULES_SHOWN = 12

/** Names in a cpio archive of the form `newc`: a header of 110 characters, the name, the content, each up to a multiple of 4. Pure. */
export function namesInCpio(archive: Buffer): string[] {
  const names: string[] = []
  const hex = (at: number) => Number.parseInt(archive.toString('latin1', at, at + 8), 16)
  const even = (at: number) => (at + 3) & ~3
  for (let at = 0; at + HEADER <= archive.length && archive.toString('latin1', at, at + 6) === '070701'; ) {
    const [size, length] = [hex(at + 54), hex(at + 94)]
    const name = archive.toString('utf8', at + HEADER, at + HEADER + length - 1)
    if (name === 'TRAILER!!!' || Number.isNaN(size + length)) break
    names.push(name)
    at = even(even(at + HEADER + length) + size)
  }
  return names
}

/** Which drivers lack files. Some NICs work without theirs, some not at all. Pure. @param bundled a bundle gets them where it is made */
function judgeFirmware(architecture: string, wanted: Wanted[], there: Set<string>, bundled: boolean): Check {
  const title = `NIC and disk firmware in the Micro-OS for ${architecture}`
  const missing = wanted.filter(
    ({ file }) => ![file, `${file}.xz`, `${file}.zst`].some((name) => there.has(`lib/firmware/${name}`)),
  )
  const modules = [...new Set(missing.map(({ module }) => module))]
  if (modules.length === 0) return ok(title, 'Every file that a driver may ask for is in it.')
  const more = modules.length > MODULES_SHOWN ? ` and ${modules.length - MODULES_SHOWN} more` : ''
  return warn(
    title,
    `Files are missing for the drivers ${modules.slice(0, MODULES_SHOWN).join(', ')}${more}; some of these devices do not work without.`,
    `If your machines have such a device: ./eims ${bundled ? 'bundle OUT.tar' : 'prepare'} --firmware DIR${bundled ? ' where there is a network' : ''}, laid out as /lib/firmware (Debian’s packages firmware-* of non-free-firmware have the files).`,
  )
}

/** Reads a Micro-OS; the base, with its firmware, is the first frame of the initrd, and the only one that zlib decodes. */
export function checkFirmware(artifacts: string, architecture: string, bundled: boolean): Check[] {
  const folder = join(artifacts, architecture)
  if (!existsSync(join(folder, 'manifest.json')) || !existsSync(join(folder, 'initrd.zst'))) return []
  try {
    const { firmware = [] } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { firmware?: Wanted[] }
    const base = zstdDecompressSync(readFileSync(join(folder, 'initrd.zst')), { maxOutputLength: MOST_UNPACKED })
    return [judgeFirmware(architecture, firmware, new Set(namesInCpio(base)), bundled)]
  } catch {
    return [] // a damaged file is another check's word
  }
}
