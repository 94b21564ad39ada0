import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { buildMicroOs, type MicroOsManifest } from '../build.ts'
import { unpackPackages } from '../debian-packages.ts'
import { fetchSquashfsTools, runTool } from '../squashfs.ts'
import { type Member, readInitrd } from './read-initrd.ts'

/** The cache that `./eims up` uses too, so that packages are fetched and the base is packed once on a machine. */
export const CACHE = process.env.EIMS_CACHE ?? join(homedir(), '.cache', 'eims')

export const AGENT = "console.log('an agent')\n"

/** A temporary folder that the test removes at its end. */
export async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'eims-micro-os-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A cache that shares Debian's packages with the real one and nothing else. */
export async function freshCache(t: Test): Promise<string> {
  const path = await folder(t)
  await mkdir(join(CACHE, 'debian'), { recursive: true })
  await symlink(join(CACHE, 'debian'), join(path, 'debian'))
  return path
}

/** The Micro-OS as the product has it, with a stub for an agent. */
export async function builtMicroOs(
  t: Test,
  options: { cacheDir?: string; level?: number; agent?: string; firmwareDir?: string } = {},
): Promise<{ out: string; manifest: MicroOsManifest; initrd: Buffer; log: string[] }> {
  const work = await folder(t)
  const { agent = AGENT, ...rest } = options
  await writeFile(join(work, 'agent.mjs'), agent)
  const log: string[] = []
  const manifest = await buildMicroOs({
    architecture: 'x86_64',
    cacheDir: CACHE,
    outDir: work,
    agentFile: join(work, 'agent.mjs'),
    log: (line) => log.push(line),
    ...rest,
  })
  const out = join(work, 'x86_64')
  return { out, manifest, initrd: await readFile(join(out, 'initrd.zst')), log }
}

/** What the built Micro-OS has by path once the runtime is mounted, where the initrd has links to it before; and the two alone. */
export async function builtFiles(t: Test) {
  const { out, initrd, manifest } = await builtMicroOs(t)
  const first = readInitrd(initrd)
  const runtime = await readRuntime(t, join(out, 'tools', manifest.runtime.sha256))
  return { files: new Map([...first, ...runtime]), first, runtime, manifest }
}

async function readRuntime(t: Test, image: string): Promise<Map<string, Member>> {
  const work = await folder(t)
  await unpackPackages(await fetchSquashfsTools({ cacheDir: CACHE, log: () => undefined }), join(work, 'tools'))
  const tree = join(work, 'tree')
  await runTool(join(work, 'tools'), 'unsquashfs', ['-quiet', '-no-progress', '-d', tree, image])
  const members = new Map<string, Member>()
  for (const path of await readdir(tree, { recursive: true })) {
    const { mode, uid, gid, mtimeMs } = await lstat(join(tree, path))
    if ((mode & 0o170000) === 0o040000) continue
    members.set(path, { mode, uid, gid, mtime: mtimeMs / 1000, bytes: await readFile(join(tree, path)) })
  }
  return members
}
