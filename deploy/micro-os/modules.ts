import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { section } from './elf.ts'

/** A kernel module as the initrd has it. */
export interface KernelModule {
  /** as lsmod shows it: `nvme_core` */
  readonly name: string
  /** below lib/modules/VERSION: `kernel/drivers/nvme/host/nvme-core.ko` */
  readonly path: string
  /** names of modules that must be there first: `depends` and pre-softdeps that exist as modules */
  readonly needs: readonly string[]
  /** hardware ids, with wildcards */
  readonly aliases: readonly string[]
  /** files that it may ask for below /lib/firmware */
  readonly firmware: readonly string[]
  /** with the archive's signature at the end, which Secure Boot's lockdown wants */
  readonly bytes: Buffer
}

/**
 * The wanted modules and everything they need, each after what it needs.
 * @param tree folder of one kernel, lib/modules/VERSION; its modules may be .ko or .ko.xz
 * @throws when a wanted module is neither there nor built in, or one needs another that is not there
 */
export async function moduleClosure(tree: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const files = new Map<string, string>()
  for (const path of await readdir(tree, { recursive: true })) {
    const file = /([^/]+)\.ko(\.xz)?$/.exec(path)?.[1]
    if (file !== undefined) files.set(moduleName(file), path)
  }
  const builtin = new Set(
    (await readFile(join(tree, 'modules.builtin'), 'utf8'))
      .split('\n')
      .map((line) => moduleName(basename(line, '.ko'))),
  )

  const read = new Map<string, KernelModule>()
  let missing = wanted.filter((name) => !builtin.has(name))
  while (missing.length > 0) {
    const paths = missing.map((name) => {
      const path = files.get(name)
      if (path === undefined) throw new Error(`kernel module ${name} is not in ${tree}`)
      return path
    })
    const contents = await unpacked(tree, paths)
    missing.forEach((name, index) => {
      const path = paths[index]!.replace(/\.xz$/, '')
      read.set(
        name,
        describe(name, path, contents[index]!, (other) => files.has(other)),
      )
    })
    missing = [...new Set([...read.values()].flatMap((module) => module.needs))].filter((name) => !read.has(name))
  }
  return inLoadOrder(read)
}

/** `modules.dep` as modprobe reads it: each module's file, then all it needs, the last loaded first. */
export function modulesDep(modules: readonly KernelModule[]): string {
  const byName = new Map(modules.map((module) => [module.name, module]))
  const order = modules.map((module) => module.name)
  return modules
    .map((module) => {
      const needed = allNeeds(module, byName)
      const paths = order.filter((name) => needed.has(name)).map((name) => byName.get(name)!.path)
      return `${[`${module.path}:`, ...paths.reverse()].join(' ')}\n`
    })
    .join('')
}

/** `modules.alias` as modprobe reads it: which module drives which hardware id. */
export function modulesAlias(modules: readonly KernelModule[]): string {
  return modules.flatMap((module) => module.aliases.map((alias) => `alias ${alias} ${module.name}\n`)).join('')
}

function describe(name: string, path: string, bytes: Buffer, exists: (name: string) => boolean): KernelModule {
  const info = section(bytes, '.modinfo')
  if (info === undefined) throw new Error(`kernel module ${path} has no .modinfo`)
  const lines = info.toString('latin1').split('\0')
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
  const depends = values('depends').flatMap((list) => list.split(',').filter((word) => word !== ''))
  const soft = values('softdep').flatMap((text) => (/\bpre:([^:]*)(?=\b\w+:|$)/.exec(text)?.[1] ?? '').split(/\s+/))
  // busybox knows no softdeps, so one that is a module becomes a plain need (r8169 wants realtek's PHY driver first)
  const needs = [
    ...depends.map(moduleName),
    ...soft
      .filter((word) => word !== '')
      .map(moduleName)
      .filter(exists),
  ]
  return {
    name,
    path,
    needs: [...new Set(needs)],
    aliases: values('alias'),
    firmware: values('firmware').sort(),
    bytes,
  }
}

function inLoadOrder(modules: ReadonlyMap<string, KernelModule>): KernelModule[] {
  const ordered = new Map<string, KernelModule>()
  const visit = (name: string, path: readonly string[]) => {
    if (ordered.has(name)) return
    if (path.includes(name)) throw new Error(`kernel modules need each other: ${[...path, name].join(' -> ')}`)
    const module = modules.get(name)!
    for (const need of module.needs) visit(need, [...path, name])
    ordered.set(name, module)
  }
  for (const name of [...modules.keys()].sort()) visit(name, [])
  return [...ordered.values()]
}

function allNeeds(module: KernelModule, byName: ReadonlyMap<string, KernelModule>): Set<string> {
  const all = new Set<string>()
  const queue = [...module.needs]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (all.has(name)) continue
    all.add(name)
    queue.push(...byName.get(name)!.needs)
  }
  return all
}

/** File names have dashes where the kernel's own names have underscores. */
function moduleName(file: string): string {
  return file.replaceAll('-', '_')
}

async function unpacked(tree: string, paths: readonly string[]): Promise<Buffer[]> {
  const folder = await mkdtemp(join(tree, 'unpacked-'))
  try {
    for (const path of paths) await cp(join(tree, path), join(folder, basename(path)))
    const packed = paths.filter((path) => path.endsWith('.xz')).map((path) => basename(path))
    if (packed.length > 0) await promisify(execFile)('xz', ['-d', '--', ...packed], { cwd: folder })
    return await Promise.all(paths.map((path) => readFile(join(folder, basename(path).replace(/\.xz$/, '')))))
  } finally {
    await rm(folder, { recursive: true })
  }
}
