import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'
import { bundleAgent } from './agent-bundle.ts'
import { type Target, targetFor } from './architecture.ts'
import { type Base, fetchBasePackages, makeBase } from './base-archive.ts'
import { placeBeside } from './beside.ts'
import { cached, cacheKey, sha256, sha256OfFile, writeWhole } from './cache.ts'
import { cpio } from './cpio.ts'
import type { DebianPackage } from './debian-packages.ts'
import { firmwareDigest } from './firmware.ts'
import { nodeBinary } from './node-binary.ts'
import { type RuntimeFacts, runtimeDigest } from './runtime.ts'
import { fetchSquashfsTools, squashfs } from './squashfs.ts'
import { fetchToolPackages, type ToolFacts } from './tool-archives.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Text files of this folder that change often, with their places in the Micro-OS. */
const SCRIPTS: Readonly<Record<string, string>> = {
  init: 'init',
  console: 'eims/console',
  drivers: 'eims/drivers',
  network: 'eims/network',
  'fetch-runtime': 'eims/fetch-runtime',
  lease: 'eims/lease',
  failed: 'eims/failed',
}

interface BuildOptions {
  /** `x86_64` or `arm64`, whatever the host is */
  readonly architecture: string
  /** kept between builds: packages and finished bases */
  readonly cacheDir: string
  /** gets a folder named after the architecture */
  readonly outDir: string
  /** the agent as one ESM file */
  readonly agentFile: string
  /** laid out as /lib/firmware; Debian main has next to none */
  readonly firmwareDir?: string
  /** ask the mirror for newer packages */
  readonly refresh?: boolean
  /** zstd level of the base, 1 to 22; the default makes the smallest download, 1 suits a test */
  readonly level?: number
  readonly log: (line: string) => void
}

/** What `manifest.json` says about a Micro-OS. */
export interface MicroOsManifest {
  readonly format: 1
  readonly architecture: string
  readonly kernelVersion: string
  readonly nodeVersion: string
  readonly files: Readonly<Record<'vmlinuz' | 'initrd.zst', { readonly size: number; readonly sha256: string }>>
  readonly packages: readonly {
    readonly name: string
    readonly version: string
    readonly sha256: string
    /** as its copyright file names them; null: only in prose */
    readonly licence: string | null
  }[]
  /** in load order, those of the runtime included */
  readonly modules: readonly string[]
  /** what the initrd fetches and mounts: Node, and the drivers that fetching takes none of; in `tools/` by its SHA-256 */
  readonly runtime: RuntimeFacts
  /** archives of programs and modules that only some actions need, in `tools/` by their SHA-256 */
  readonly tools: Readonly<Record<string, ToolFacts>>
  /** what a module may ask for below /lib/firmware, whether it is in or not */
  readonly firmware: readonly { readonly module: string; readonly file: string }[]
}

/**
 * Builds kernel, initrd, runtime, archives of tools and manifest into `outDir/ARCHITECTURE`; the same inputs give the same
 * bytes.
 *
 * The initrd is two zstd frames with a cpio archive each, which the kernel unpacks one after the other: the base
 * (packed once, kept in the cache by the content of what is in it) and the small rest: agent, scripts, the digest of the
 * runtime, and the list of tools.
 */
export async function buildMicroOs(options: BuildOptions): Promise<MicroOsManifest> {
  const { cacheDir, firmwareDir, level = 19, log } = options
  const target = targetFor(options.architecture)
  const node = await nodeBinary(target.nodePackage, options)
  const agent = await readFile(options.agentFile)
  const own = await fetchBasePackages(target, options)
  // some are in both lists
  const toolPackages = await fetchToolPackages(target, options)
  const packages = [...own, ...toolPackages.filter(({ name }) => !own.some((each) => each.name === name))]
  const squashfsTools = await fetchSquashfsTools(options)
  const key = cacheKey({
    sources: await sourcesDigest(),
    packages: digestsOf(packages),
    squashfs: digestsOf(squashfsTools.filter(({ name }) => /squashfs|zstd/.test(name))),
    node: await sha256OfFile(node.file),
    firmware: await firmwareDigest(firmwareDir),
    zstd: `${process.versions.zstd} ${level}`,
  })
  const base = await cached(join(cacheDir, 'micro-os'), key, async (into) => {
    log(`packing the Micro-OS for ${target.architecture} (once, half a minute to a minute)`)
    await packBase({ target, packages, squashfsTools, node: node.file, firmwareDir, level }, into)
  })

  const scripts = await Promise.all(
    Object.entries(SCRIPTS).map(async ([name, path]) => ({
      path,
      kind: 'file' as const,
      bytes: await readFile(join(HERE, name)),
      executable: true,
    })),
  )
  const facts = JSON.parse(await readFile(join(base, 'base.json'), 'utf8')) as BaseFacts
  const list = Buffer.from(JSON.stringify(facts.tools))
  const rest = compress(
    cpio([
      ...scripts,
      { path: 'eims/agent.mjs', kind: 'file', bytes: agent },
      { path: 'eims/runtime.digest', kind: 'file', bytes: Buffer.from(runtimeDigest(facts.runtime)) },
      { path: 'eims/tools.json', kind: 'file', bytes: list },
    ]),
    12,
  )
  const vmlinuz = await readFile(join(base, 'vmlinuz'))
  const initrd = Buffer.concat([await readFile(join(base, 'base.zst')), rest])
  const manifest: MicroOsManifest = {
    format: 1,
    architecture: target.architecture,
    kernelVersion: facts.kernelVersion,
    nodeVersion: node.version,
    files: {
      vmlinuz: { size: vmlinuz.length, sha256: sha256(vmlinuz) },
      'initrd.zst': { size: initrd.length, sha256: sha256(initrd) },
    },
    packages: packages.map(({ name, version, sha256 }) => {
      return { name, version, sha256, licence: facts.licences[name] ?? null }
    }),
    modules: facts.modules,
    runtime: facts.runtime,
    tools: facts.tools,
    firmware: facts.firmware,
  }
  const out = join(options.outDir, target.architecture)
  await mkdir(out, { recursive: true })
  await placeTools(base, out, facts)
  await writeWhole(join(out, 'vmlinuz'), vmlinuz)
  await writeWhole(join(out, 'initrd.zst'), initrd)
  await writeWhole(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

type BaseFacts = Pick<MicroOsManifest, 'kernelVersion' | 'modules' | 'firmware' | 'runtime' | 'tools'> &
  Pick<Base, 'licences'>

/** What a Micro-OS has beside it, by digest. */
const digestsBeside = ({ runtime, tools = {} }: Partial<Pick<MicroOsManifest, 'runtime' | 'tools'>>): string[] =>
  [...(runtime ? [runtime] : []), ...Object.values(tools)].map(({ sha256 }) => sha256)

/** A machine that booted the Micro-OS of before may still ask for what is beside it: what that one lists stays. */
async function placeTools(base: string, out: string, facts: BaseFacts): Promise<void> {
  const before = await readFile(join(out, 'manifest.json'), 'utf8').catch(() => '{}')
  const stays = digestsBeside(JSON.parse(before) as Partial<MicroOsManifest>)
  await placeBeside(join(base, 'tools'), join(out, 'tools'), digestsBeside(facts), stays)
}

const digestsOf = (packages: readonly DebianPackage[]) =>
  packages.map(({ name, sha256 }) => `${name} ${sha256}`).join(' ')

interface Ingredients {
  readonly target: Target
  readonly packages: readonly DebianPackage[]
  readonly squashfsTools: readonly DebianPackage[]
  readonly node: string
  readonly firmwareDir: string | undefined
  readonly level: number
}

async function packBase(
  { target, packages, squashfsTools, node, firmwareDir, level }: Ingredients,
  into: string,
): Promise<void> {
  const work = await mkdtemp(join(dirname(into), '.unpacking-'))
  try {
    const base = await makeBase(target, packages, node, firmwareDir, work)
    const { kernelVersion, vmlinuz, modules, licences, archive, tools } = base
    const listed = Object.entries(tools).map(([name, { sha256, size, modules }]) => [name, { sha256, size, modules }])
    const forRuntime = join(work, 'runtime')
    await mkdir(forRuntime)
    const runtime = await squashfs(base.runtime, { packages: squashfsTools, level, work: forRuntime })
    const facts: BaseFacts = {
      kernelVersion,
      modules: modules.map((module) => module.name),
      licences,
      runtime: { sha256: sha256(runtime), size: runtime.length },
      tools: Object.fromEntries(listed),
      firmware: modules.flatMap((module) => module.firmware.map((file) => ({ module: module.name, file }))),
    }
    await writeFile(join(into, 'vmlinuz'), vmlinuz)
    await writeFile(join(into, 'base.zst'), compress(archive, level))
    await writeFile(join(into, 'base.json'), JSON.stringify(facts))
    await mkdir(join(into, 'tools'))
    await writeFile(join(into, 'tools', facts.runtime.sha256), runtime)
    for (const { sha256, bytes } of Object.values(tools)) await writeFile(join(into, 'tools', sha256), bytes)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** One frame that tells its size; its length is a multiple of 4, as the kernel wants between archives. */
function compress(archive: Buffer, level: number): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  const frame = zstdCompressSync(archive, { params })
  return Buffer.concat([frame, Buffer.alloc((4 - (frame.length % 4)) % 4)])
}

/** Digest of the builder itself, so that a change of it makes a new base. */
async function sourcesDigest(): Promise<string> {
  const names = (await readdir(HERE)).filter((name) => name.endsWith('.ts')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(HERE, name), 'utf8')))
  return sha256(names.map((name, index) => `${name}\0${texts[index]}`).join('\0'))
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: 'x86_64' },
      out: { type: 'string' },
      agent: { type: 'string' },
      firmware: { type: 'string' },
      refresh: { type: 'boolean', default: false },
    },
  })
  if (values.out === undefined) {
    process.stderr.write(
      'usage: node deploy/micro-os/build.ts --arch x86_64|arm64 --out DIR [--agent FILE] [--firmware DIR] [--refresh]\n',
    )
    process.exit(2)
  }
  const work = await mkdtemp(join(tmpdir(), 'eims-agent-'))
  try {
    const agentFile = values.agent ?? join(work, 'agent.mjs')
    if (values.agent === undefined) await bundleAgent({ outFile: agentFile })
    const manifest = await buildMicroOs({
      architecture: values.arch,
      cacheDir: process.env.EIMS_CACHE ?? join(homedir(), '.cache', 'eims'),
      outDir: values.out,
      agentFile,
      ...(values.firmware === undefined ? {} : { firmwareDir: values.firmware }),
      refresh: values.refresh,
      log: (line) => process.stderr.write(`${line}\n`),
    })
    for (const [name, { size, sha256 }] of Object.entries({ ...manifest.files, runtime: manifest.runtime })) {
      process.stdout.write(`${sha256}  ${name}  ${(size / 1e6).toFixed(1)} MB\n`)
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
