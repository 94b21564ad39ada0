import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'
import { bootFilesMaker } from '../up/boot-files.ts'

/**
 * Makes the boot files and the demo OS's disk image where they are missing, in processes of their own as everywhere. What
 * these say goes to standard error.
 * @returns the image's path
 * @throws Refusal
 */
export async function makeParts({ root, cacheDir }: { root: string; cacheDir: string }): Promise<string> {
  const { script } = bootFilesMaker({ root, cacheDir, firmwareDir: undefined })
  if (script) await said(script, 'machines cannot boot without these files')
  const demoOs = [join(root, 'deploy/demo-os/build.ts'), '--cache', cacheDir]
  return said(demoOs, 'the demo has nothing to install; mend what it says above and start again')
}

/** What a script says on its standard output. */
async function said(script: string[], otherwise: string): Promise<string> {
  const child = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-4000)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Refusal(otherwise)
  return text.trim()
}
