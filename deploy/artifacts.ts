import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fetchIpxe } from './ipxe/fetch.ts'
import { bundleAgent } from './micro-os/agent-bundle.ts'
import { buildMicroOs } from './micro-os/build.ts'

/**
 * Makes what machines boot, once: iPXE and the Micro-OS (x86_64), below CACHE/artifacts.
 * Quick when nothing changed: everything is cached by the content of its inputs.
 *   usage: artifacts.ts --cache DIR [--firmware DIR]
 */
const { values } = parseArgs({ options: { cache: { type: 'string' }, firmware: { type: 'string' } } })
const cacheDir = resolve(values.cache ?? '/var/cache/eims')
const outDir = join(cacheDir, 'artifacts')
const log = (line: string) => process.stderr.write(`eims: ${line}\n`)

try {
  await mkdir(outDir, { recursive: true })
  await fetchIpxe({ cacheDir, outDir, log })
  const agentFile = join(cacheDir, 'agent.mjs')
  await bundleAgent({ outFile: agentFile })
  await buildMicroOs({
    architecture: 'x86_64',
    cacheDir,
    outDir,
    agentFile,
    log,
    ...(values.firmware ? { firmwareDir: resolve(values.firmware) } : {}),
  })
} catch (error) {
  log(`the boot files could not be made: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
