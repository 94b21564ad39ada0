import { homedir } from 'node:os'
import { parseArgs } from 'node:util'
import { type BootFilesManifest, type FetchOptions, layBootFiles } from '../boot-files.ts'

/** Debian's stock iPXE; the names are those that machines ask TFTP for. */
const IPXE = {
  architecture: 'amd64',
  packages: ['ipxe'],
  files: {
    'snponly.efi': 'usr/lib/ipxe/snponly.efi',
    'ipxe.efi': 'usr/lib/ipxe/ipxe-amd64.efi',
    'ipxe-arm64.efi': 'usr/lib/ipxe/ipxe-arm64.efi',
    'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
    // not for TFTP: BIOS sticks and discs start it (`eims boot-media`)
    'ipxe.lkrn': 'usr/lib/ipxe/ipxe.lkrn',
  },
} as const

/** Fetches iPXE and lays its boot files and a manifest into `outDir/ipxe`. */
export const fetchIpxe = (options: FetchOptions): Promise<BootFilesManifest> => layBootFiles('ipxe', [IPXE], options)

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, refresh: { type: 'boolean', default: false } } })
  if (values.out === undefined) {
    process.stderr.write('usage: node deploy/ipxe/fetch.ts --out DIR [--refresh]\n')
    process.exit(2)
  }
  const manifest = await fetchIpxe({
    cacheDir: process.env.EIMS_CACHE ?? `${homedir()}/.cache/eims`,
    outDir: values.out,
    refresh: values.refresh,
    log: (line) => process.stderr.write(`${line}\n`),
  })
  for (const [name, file] of Object.entries(manifest.files)) process.stdout.write(`${file.sha256}  ${name}\n`)
}
