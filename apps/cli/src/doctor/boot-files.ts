import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Check, fail, ok } from './check.ts'

interface Manifest {
  kernelVersion?: string
  package?: { version: string }
  files: Record<string, Whole>
  /** of a Micro-OS: what it fetches by its digest, from the folder `tools` */
  runtime?: Whole
  tools?: Record<string, Whole>
}

interface Whole {
  size: number
  sha256: string
}

const AGAIN = 'Make them again: ./eims prepare'
const UNPACK = 'Unpack the bundle again; it brings its boot files (docs/deploy.md).'

/**
 * Whether a folder of boot files holds what its manifest.json says, byte for byte.
 * @param remedy what makes the files
 */
export function checkFiles(title: string, folder: string, remedy = AGAIN): Check {
  if (!existsSync(join(folder, 'manifest.json'))) return fail(title, `They are not there (${folder}).`, remedy)
  const manifest = readManifest(folder)
  if (!manifest) return fail(title, `${join(folder, 'manifest.json')} cannot be read.`, remedy)
  const beside = [...(manifest.runtime ? [manifest.runtime] : []), ...Object.values(manifest.tools ?? {})]
  const all = [...Object.entries(manifest.files), ...beside.map((each) => [`tools/${each.sha256}`, each] as const)]
  for (const [name, { size, sha256 }] of all) {
    const path = join(folder, name)
    if (!existsSync(path)) return fail(title, `${path} is missing.`, remedy)
    const bytes = readFileSync(path)
    if (bytes.length !== size || createHash('sha256').update(bytes).digest('hex') !== sha256)
      return fail(title, `${path} is not what was made (its SHA-256 differs from the manifest’s).`, remedy)
  }
  const version = manifest.kernelVersion ? `Linux ${manifest.kernelVersion}` : (manifest.package?.version ?? 'unknown')
  return ok(title, `They are there and whole (${version}).`)
}

function readManifest(folder: string): Manifest | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
    return manifest.files && Object.keys(manifest.files).length > 0 ? manifest : null
  } catch {
    return null
  }
}

/**
 * iPXE, and the Micro-OS of x86_64 and of every other architecture that was ever made here.
 * @param bundled the files came with a bundle, and none can be made here
 */
export function checkBootFiles(artifacts: string, bundled: boolean): Check[] {
  const again = bundled ? UNPACK : AGAIN
  const others = ['arm64'].filter((architecture) => existsSync(join(artifacts, architecture)))
  return [
    checkFiles('iPXE files', join(artifacts, 'ipxe'), again),
    checkFiles('Secure Boot files', join(artifacts, 'shim'), again),
    checkFiles('Micro-OS for x86_64', join(artifacts, 'x86_64'), again),
    ...others.map((each) =>
      checkFiles(`Micro-OS for ${each}`, join(artifacts, each), bundled ? UNPACK : `${AGAIN} --architecture ${each}`),
    ),
  ]
}
