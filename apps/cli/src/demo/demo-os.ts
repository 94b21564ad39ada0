import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'

/** The demo OS's disk image, made when it is missing; a process of its own as the Micro-OS's build. Throws a Refusal. */
export function makeDemoOs({ root, cacheDir }: { root: string; cacheDir: string }): string {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'deploy/demo-os/build.ts'), '--cache', cacheDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Refusal('the demo has nothing to install; mend what it says above and start again')
  return stdout.trim()
}
