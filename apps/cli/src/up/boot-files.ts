import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'

/** What `--firmware DIR` and the launcher's environment say about the boot files. */
export interface BootFilesOptions {
  root: string
  cacheDir: string
  /** laid out as /lib/firmware; packed into the Micro-OS */
  firmwareDir: string | undefined
}

/**
 * Makes iPXE and the Micro-OS when they are missing or their inputs changed; a process of its own, whose memory is
 * gone afterwards. Throws a Refusal; what went wrong has been printed by then.
 */
export function makeBootFiles({ root, cacheDir, firmwareDir }: BootFilesOptions): void {
  if (firmwareDir && !statSync(firmwareDir, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal(`--firmware must name a folder laid out as /lib/firmware; ${firmwareDir} is none`, 2)
  const args = ['--cache', cacheDir, ...(firmwareDir ? ['--firmware', firmwareDir] : [])]
  const { status, signal } = spawnSync(process.execPath, [join(root, 'deploy/artifacts.ts'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0)
    throw new Refusal(
      `machines cannot boot without these files${signal ? ` (making them was ended by ${signal})` : ''}`,
    )
}
