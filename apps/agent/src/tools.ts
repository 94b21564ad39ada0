import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { Sha256, type ToolName } from '@eims/contracts'
import { z } from 'zod'
import type { Context } from './actions/handler.ts'
import { calm } from './back-off.ts'
import { Failure } from './failure.ts'
import { verifiedChunks } from './image/verified-chunks.ts'
import type { Machine } from './machine.ts'

/** Bytes of an archive when it is unpacked; those of Debian 13 have less than 40 MB. */
const MOST = 256 * 1024 * 1024

/** The Micro-OS's own list of the archives beside it, `/eims/tools.json`, by name. */
const Tools = z.record(
  z.string(),
  z.object({
    /** of a tar archive that zstd has packed */
    sha256: Sha256,
    size: z.number().int().positive(),
    /** kernel modules in it or in the Micro-OS, as paths below `/`, each behind what it needs */
    modules: z.array(z.string()),
  }),
)

/**
 * Programs and kernel modules of these archives are there on return. The list comes with the Micro-OS, so an archive is the one
 * that it was built with: it is fetched by its digest like a chunk of an image, from mirrors or the server, and nothing of
 * it is unpacked before its bytes are known to be these. Once a boot each, also when the agent starts again.
 * @throws Failure tool-missing, tool-unusable, chunk-missing
 */
export async function useTools(
  context: Pick<Context, 'machine' | 'chunks' | 'signal' | 'log'>,
  names: readonly ToolName[],
): Promise<void> {
  for (const name of names) await useTool(context, name)
}

async function useTool(
  { machine, chunks, signal, log }: Pick<Context, 'machine' | 'chunks' | 'signal' | 'log'>,
  name: ToolName,
): Promise<void> {
  const tool = listed(machine)[name]
  if (!tool) throw new Failure({ code: 'tool-missing', slots: { tool: name } })
  const folder = join(machine.root, 'run/eims-tools')
  const done = join(folder, tool.sha256)
  if (existsSync(done)) return
  log(`Fetching the tools ${name}`)
  const packed = await verifiedChunks(chunks, calm, log)(tool.sha256, tool.size, signal)
  const tar = `${done}.tar`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(tar, zstdDecompressSync(packed, { maxOutputLength: MOST }))
    await machine.busybox('tar', '-x', '-f', tar, '-C', machine.root)
    for (const path of tool.modules) await load(machine, path)
    writeFileSync(done, '')
  } catch (error) {
    throw new Failure({ code: 'tool-unusable', slots: { tool: name, text: (error as Error).message } }, error)
  } finally {
    rmSync(tar, { force: true })
  }
}

/** The archives that the Micro-OS knows, by name; none in one of an earlier version. */
export function listed(machine: Machine): z.output<typeof Tools> {
  const file = join(machine.root, 'eims/tools.json')
  // a Micro-OS of an earlier version has none
  return existsSync(file) ? Tools.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
}

/** Drivers of this machine may have brought it already: a module that is there is refused by the kernel. */
async function load(machine: Machine, path: string): Promise<void> {
  const name = basename(path, '.ko').replaceAll('-', '_')
  if (existsSync(join(machine.sysRoot, 'module', name))) return
  await machine.busybox('insmod', join(machine.root, path))
}
