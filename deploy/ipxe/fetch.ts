import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { MicroOsManifest } from '../micro-os/build.ts'
import { sha256, writeWhole } from '../micro-os/cache.ts'
import { fetchPackages, unpackPackages } from '../micro-os/debian-packages.ts'
import { licencesIn } from '../micro-os/licences.ts'

/** Our names of the boot files, which machines ask TFTP for, and the package's. */
const BOOT_FILES: Readonly<Record<string, string>> = {
  'snponly.efi': 'snponly.efi',
  'ipxe.efi': 'ipxe-amd64.efi',
  'ipxe-arm64.efi': 'ipxe-arm64.efi',
  'undionly.kpxe': 'undionly.kpxe',
  // not for TFTP: BIOS sticks and discs start it (`eims boot-media`)
  'ipxe.lkrn': 'ipxe.lkrn',
}

/** What `manifest.json` says about the boot files. */
interface IpxeManifest {
  readonly format: 1
  readonly package: MicroOsManifest['packages'][number]
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>
}

interface FetchIpxeOptions {
  /** kept between runs: the package */
  readonly cacheDir: string
  /** gets a folder `ipxe` */
  readonly outDir: string
  /** ask the mirror for a newer package */
  readonly refresh?: boolean
  readonly log: (line: string) => void
}

/** Fetches Debian's stock iPXE and lays its boot files and a manifest into `outDir/ipxe`. */
export async function fetchIpxe(options: FetchIpxeOptions): Promise<IpxeManifest> {
  const [found] = await fetchPackages({ ...options, architecture: 'amd64', names: ['ipxe'] })
  const { name, version } = found!
  const out = join(options.outDir, 'ipxe')
  await mkdir(out, { recursive: true })
  const work = await mkdtemp(join(options.cacheDir, 'ipxe-'))
  try {
    await unpackPackages([found!], work)
    const files: Record<string, { size: number; sha256: string }> = {}
    for (const [ours, theirs] of Object.entries(BOOT_FILES)) {
      const bytes = await readFile(join(work, 'usr/lib/ipxe', theirs))
      files[ours] = { size: bytes.length, sha256: sha256(bytes) }
      await writeWhole(join(out, ours), bytes)
    }
    const licence = await licencesIn(work, name)
    const manifest: IpxeManifest = { format: 1, package: { name, version, sha256: found!.sha256, licence }, files }
    await writeWhole(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, refresh: { type: 'boolean', default: false } } })
  if (values.out === undefined) {
    process.stderr.write('usage: node deploy/ipxe/fetch.ts --out DIR [--refresh]\n')
    process.exit(2)
  }
  const manifest = await fetchIpxe({
    cacheDir: process.env.EIMS_CACHE ?? join(homedir(), '.cache', 'eims'),
    outDir: values.out,
    refresh: values.refresh,
    log: (line) => process.stderr.write(`${line}\n`),
  })
  for (const [name, file] of Object.entries(manifest.files)) process.stdout.write(`${file.sha256}  ${name}\n`)
}
