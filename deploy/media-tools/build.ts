import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { targetFor } from '../micro-os/architecture.ts'
import { cached, cacheKey } from '../micro-os/cache.ts'
import { fetchPackages, unpackPackages } from '../micro-os/debian-packages.ts'
import { libraryClosure } from '../micro-os/libraries.ts'
import { licencesIn } from '../micro-os/licences.ts'

/** Counts up when the same packages are laid out in another way. */
const LAYOUT = 1

/** Paths in Debian's packages; in the tree they are in `bin/`. */
const PROGRAMS = ['xorriso', 'mtools', 'gzip', 'xz', 'zstd', 'qemu-img'].map((name) => `usr/bin/${name}`)
/** What mtools is to do it knows by the name that it is called by. */
const NAMES_OF_MTOOLS = ['mformat', 'mcopy']
/** What starts a BIOS machine; in the tree they are in `isolinux/`. */
const ISOLINUX = [
  'usr/lib/ISOLINUX/isolinux.bin',
  'usr/lib/ISOLINUX/isohdpfx.bin',
  'usr/lib/syslinux/modules/bios/ldlinux.c32',
]

const PACKAGES = [
  ['xorriso', 'mtools', 'isolinux', 'syslinux-common', 'gzip', 'xz-utils', 'zstd', 'qemu-utils', 'libc6'],
  ['libisoburn1t64', 'libisofs6t64', 'libburn4t64', 'libjte2', 'libreadline8t64', 'libtinfo6', 'libacl1', 'libbz2-1.0'],
  ['zlib1g', 'libzstd1', 'liblzma5', 'liblz4-1', 'libxxhash0', 'libaio1t64', 'liburing2', 'libnuma1', 'libatomic1'],
  ['libglib2.0-0t64', 'libpcre2-8-0', 'libffi8', 'libgnutls30t64', 'libnettle8t64', 'libhogweed6t64', 'libgmp10'],
  ['libp11-kit0', 'libidn2-0', 'libunistring5', 'libtasn1-6'],
].flat()

/** FAT has its short names in code page 850, which mtools has the C library convert: one of its modules. */
const CODE_PAGE = 'IBM850'
const GCONV_MODULES = `alias CP850// ${CODE_PAGE}//
module ${CODE_PAGE}// INTERNAL ${CODE_PAGE} 1
module INTERNAL ${CODE_PAGE}// ${CODE_PAGE} 1
`

interface Options {
  /** kept between runs: the packages, and the trees that were made of them */
  cacheDir: string
  log: (line: string) => void
}

/**
 * Makes what boot media are written by: the programs and libraries of Debian's packages for this machine's processor, unpacked and
 * not installed, so it takes no root. All are of one suite, whatever Debian the host runs: the same inputs give the same
 * media on each. Quick when it is there; two at once do no harm.
 *
 *   bin/PROGRAM     runs by `lib/ld.so --inhibit-cache --library-path lib bin/PROGRAM`
 *   isolinux/FILE
 *   gconv/          what GCONV_PATH must name for mtools
 *   doc/PACKAGE     its terms
 *   manifest.json   the packages, as those of other boot files
 *
 * @returns the folder of the tree
 * @throws Error with apt's own words when packages are to be fetched and cannot be
 */
export async function buildMediaTools({ cacheDir, log }: Options): Promise<string> {
  const target = targetFor(process.arch === 'arm64' ? 'arm64' : 'x86_64')
  const packages = await fetchPackages({ cacheDir, architecture: target.debian, names: PACKAGES, log })
  const key = cacheKey({
    layout: `${LAYOUT}`,
    ...Object.fromEntries(packages.map(({ name, sha256 }) => [`package ${name}`, sha256])),
  })
  return await cached(join(cacheDir, 'media-tools'), key, async (into) => {
    const root = await mkdtemp(join(cacheDir, 'media-tools-'))
    try {
      await unpackPackages(packages, root)
      // a bundle has it as it is, for whoever runs that
      await chmod(into, 0o755)
      const take = async (from: string, to: string) => {
        await mkdir(dirname(join(into, to)), { recursive: true })
        await copyFile(join(root, from), join(into, to))
      }
      const folder = `usr/lib/${target.multiarch}`
      // it is known to libraries by the name that they have for it, whatever its file is called
      const loader = basename(target.loader)
      await take(join(folder, loader), 'lib/ld.so')
      for (const program of PROGRAMS) {
        await take(program, join('bin', basename(program)))
        for (const { name } of await libraryClosure(await readFile(join(root, program)), root, [folder]))
          if (name !== loader) await take(join(folder, name), join('lib', name))
      }
      for (const name of NAMES_OF_MTOOLS) await symlink('mtools', join(into, 'bin', name))
      for (const file of ISOLINUX) await take(file, join('isolinux', basename(file)))
      await take(join(folder, 'gconv', `${CODE_PAGE}.so`), `gconv/${CODE_PAGE}.so`)
      await writeFile(join(into, 'gconv/gconv-modules'), GCONV_MODULES)
      const named = []
      for (const { name, version, sha256 } of packages) {
        named.push({ name, version, sha256, licence: await licencesIn(root, name) })
        // those of some are in a package that brings nothing else
        await take(`usr/share/doc/${name}/copyright`, `doc/${name}`).catch(absent)
      }
      await writeFile(join(into, 'manifest.json'), `${JSON.stringify({ format: 1, packages: named }, null, 2)}\n`)
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  })
}

function absent(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'ENOENT') throw cause
}
