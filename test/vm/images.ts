import { homedir } from 'node:os'
import { join } from 'node:path'
import { buildTargetImage, type TargetVariant } from '@eims/lab'
import type { Bench } from './bench.ts'

const cacheDir = process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims')

/** Adds a target image and a profile with the same small name, with the bench's SSH key on the account `operator`. */
export async function addProfile(bench: Bench, variant: TargetVariant): Promise<string> {
  const image = await buildTargetImage({ variant, cacheDir, log: (line) => process.stderr.write(`# ${line}\n`) })
  const name = `debian-${variant.toLowerCase()}`
  await bench.eims('images', 'add', image.path, '--name', name, '--sha256', image.sha256)
  await bench.eims(
    'profiles',
    'add',
    name,
    '--image',
    name,
    '--user',
    'operator',
    '--ssh-key',
    `${bench.sshKey.privateKeyFile}.pub`,
  )
  return name
}
