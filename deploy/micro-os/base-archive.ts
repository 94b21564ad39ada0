import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Target } from './architecture.ts'
import { cpio, type Entry } from './cpio.ts'
import { type DebianPackage, fetchPackages, unpackPackages } from './debian-packages.ts'
import { stripped } from './elf.ts'
import { firmwareFiles } from './firmware.ts'
import { libraryClosure } from './libraries.ts'
import { licencesIn } from './licences.ts'
import { type KernelModule, moduleClosure, modulesAlias, modulesDep } from './modules.ts'
import { isLaterFirmware, linksInto, RUNTIME } from './runtime.ts'
import { makeToolArchives, namesOf, type ToolArchives } from './tool-archives.ts'
import { firstModules, wantedModules } from './wanted-drivers.ts'

/** What changes seldom and takes long to pack: kernel, its modules, busybox, Node with its libraries, firmware. */
export interface Base {
  readonly kernelVersion: string
  readonly vmlinuz: Buffer
  readonly modules: readonly KernelModule[]
  /** by package name */
  readonly licences: Readonly<Record<string, string | null>>
  /** a cpio archive, not yet compressed: busybox, and the drivers of what the runtime is fetched by */
  readonly archive: Buffer
  /** the rest, by path: Node with its libraries, and the other drivers */
  readonly runtime: ReadonlyMap<string, Buffer>
  /** beside it */
  readonly tools: ToolArchives
}

/** The Debian packages that a base is made of. */
export async function fetchBasePackages(
  target: Target,
  options: { cacheDir: string; refresh?: boolean; log: (line: string) => void },
): Promise<DebianPackage[]> {
  const kernel = `${target.kernelPackage}/dependency:linux-image-`
  const names = [kernel, 'busybox-static', 'libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1']
  return await fetchPackages({ ...options, architecture: target.debian, names })
}

/**
 * Builds the base in `workDir`, an empty folder that the caller removes.
 * @param packages its own and those of the tools
 * @param node path of Node's binary for the target
 * @param firmwareDir a folder laid out as /lib/firmware, or undefined
 */
export async function makeBase(
  target: Target,
  packages: readonly DebianPackage[],
  node: string,
  firmwareDir: string | undefined,
  workDir: string,
): Promise<Base> {
  const root = join(workDir, 'root')
  await mkdir(root)
  await unpackPackages(packages, root)

  const boot = await readdir(join(root, 'boot'))
  const kernelVersion = boot.find((name) => name.startsWith('vmlinuz-'))?.slice('vmlinuz-'.length)
  if (kernelVersion === undefined) throw new Error(`package ${packages[0]?.name} has no boot/vmlinuz-*`)
  const tree = join(root, 'usr/lib/modules', kernelVersion)
  const modules = await moduleClosure(tree, wantedModules(target.architecture))

  const first = new Set(names(await moduleClosure(tree, firstModules(target.architecture))))

  const program = await readFile(node)
  const libraryFolders = [`usr/lib/${target.multiarch}`, 'usr/lib64', 'usr/lib']
  const libraries = await libraryClosure(program, root, libraryFolders)
  const firmware = firmwareDir === undefined ? [] : await firmwareFiles(firmwareDir)
  const isLater = (file: string) => isLaterFirmware(file, modules, first)

  const modulePath = ({ path }: KernelModule) => `lib/modules/${kernelVersion}/${path}`
  const runtime = new Map([
    ['bin/node', stripped(program)],
    ...libraries.map(({ name, bytes }) => [libraryPath(name, target), bytes] as const),
    ...modules.filter(({ name }) => !first.has(name)).map((module) => [modulePath(module), module.bytes] as const),
    ...firmware.filter(({ name }) => isLater(name)).map(({ name, bytes }) => [`lib/firmware/${name}`, bytes] as const),
  ])
  const entries: Entry[] = [
    ...['dev', 'etc', 'proc', 'run', 'sys', 'tmp', RUNTIME].map((path): Entry => ({ path, kind: 'folder' })),
    // the kernel opens /dev/console for PID 1 before anything is mounted
    { path: 'dev/console', kind: 'character-device', major: 5, minor: 1 },
    file('bin/busybox', await readFile(join(root, 'usr/bin/busybox')), true),
    { path: 'bin/sh', kind: 'link', target: 'busybox' },
    // where the kernel itself looks when a driver asks for another one
    { path: 'sbin/modprobe', kind: 'link', target: '../bin/busybox' },
    ...linksInto(runtime.keys()),
    ...modules.filter(({ name }) => first.has(name)).map((module) => file(modulePath(module), module.bytes)),
    file(`lib/modules/${kernelVersion}/modules.dep`, Buffer.from(modulesDep(modules))),
    file(`lib/modules/${kernelVersion}/modules.alias`, Buffer.from(modulesAlias(modules))),
    ...firmware.filter(({ name }) => !isLater(name)).map(({ name, bytes }) => file(`lib/firmware/${name}`, bytes)),
  ]
  const vmlinuz = await readFile(join(root, 'boot', `vmlinuz-${kernelVersion}`))
  const licences: Record<string, string | null> = {}
  for (const { name } of packages) licences[name] = await licencesIn(root, name)
  const tools = await makeToolArchives(target, root, { kernelVersion, modules, libraries: namesOf(libraries, target) })
  return { kernelVersion, vmlinuz, modules, licences, archive: cpio(entries), runtime, tools }
}

/** The loader has a fixed place that is written into every program; the rest is found in the loader's own folders. */
function libraryPath(name: string, target: Target): string {
  return name === basename(target.loader) ? target.loader : `lib/${target.multiarch}/${name}`
}

const names = (modules: readonly KernelModule[]): string[] => modules.map(({ name }) => name)

function file(path: string, bytes: Buffer, executable = false): Entry {
  return { path, kind: 'file', bytes, executable }
}
