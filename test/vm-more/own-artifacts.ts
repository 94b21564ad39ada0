import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CACHE } from '../cache.ts'

/**
 * A cache that has what the tests' has, but whose Micro-OS is a copy: what is done to that is done to no other test.
 * @param dir where it is made
 */
export async function ownArtifacts(dir: string): Promise<string> {
  const artifacts = join(dir, 'artifacts')
  await rm(dir, { recursive: true, force: true })
  await mkdir(artifacts, { recursive: true })
  const link = async (from: string, to: string, but: string) => {
    for (const name of await readdir(from)) if (name !== but) await symlink(join(from, name), join(to, name))
  }
  await link(CACHE, dir, 'artifacts')
  await link(join(CACHE, 'artifacts'), artifacts, 'x86_64')
  await cp(join(CACHE, 'artifacts/x86_64'), join(artifacts, 'x86_64'), { recursive: true })
  return dir
}

/** Turns one byte of the Micro-OS's kernel around, in its middle, where code is. */
export async function tamperWithKernel(cache: string): Promise<void> {
  const file = join(cache, 'artifacts/x86_64/vmlinuz')
  const kernel = await readFile(file)
  const at = kernel.length >> 1
  kernel.writeUInt8(kernel.readUInt8(at) ^ 0xff, at)
  await writeFile(file, kernel)
}
