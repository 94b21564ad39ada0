import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buildTargetImage, run, type TargetVariant } from '@eims/lab'
import { CACHE } from '../cache.ts'
import type { Bench } from './bench.ts'

/** Adds a target image and a profile with the same small name, with the bench's SSH key on the account `edge`. */
export async function addProfile(bench: Bench, variant: TargetVariant): Promise<string> {
  const { path, sha256 } = await (variant === 'A' ? asBuilt() : ofTwoGigabytes(bench))
  const name = `debian-${variant.toLowerCase()}`
  await bench.eims('images', 'add', path, '--name', name, '--sha256', sha256)
  const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`]
  await bench.eims('profiles', 'add', name, '--image', name, ...account)
  return name
}

const log = (line: string) => process.stderr.write(`# ${line}\n`)
const asBuilt = () => buildTargetImage({ variant: 'A', cacheDir: CACHE, log })

/** Image B grown to 2 GiB: more than the memory of the machine that writes it, and mostly zeros, as such images are. */
async function ofTwoGigabytes(bench: Bench): Promise<{ path: string; sha256: string }> {
  const built = await buildTargetImage({ variant: 'B', cacheDir: CACHE, log })
  const path = join(bench.dir, 'B-2G.raw')
  await run('cp', ['--sparse=always', built.path, path])
  await run('truncate', ['-s', '2G', path])
  await run('sgdisk', ['-e', path])
  if ((await stat(path)).size !== 2 ** 31) throw new Error(`${path} is not 2 GiB`)
  const { stdout } = await run('sha256sum', [path], { timeoutMs: 120_000 })
  return { path, sha256: stdout.slice(0, 64) }
}
