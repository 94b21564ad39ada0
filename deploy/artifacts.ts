import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildDashboard } from './dashboard/build.ts'
import { fetchIpxe } from './ipxe/fetch.ts'
import { bundleAgent } from './micro-os/agent-bundle.ts'
import { architecturesToBuild } from './micro-os/architecture.ts'
import { buildMicroOs } from './micro-os/build.ts'
import { fetchShim } from './shim/fetch.ts'

/**
 * Makes what the server hands out, once: the dashboard, iPXE, the chain for Secure Boot, and the Micro-OS for x86_64 and for each architecture asked
 * for, now or by an earlier call, below CACHE/artifacts. Quick when nothing changed: everything is cached by the content of its inputs.
 *   usage: artifacts.ts --cache DIR [--architecture ARCH]... [--firmware DIR]
 */
const { values } = parseArgs({
  options: {
    cache: { type: 'string' },
    architecture: { type: 'string', multiple: true },
    firmware: { type: 'string' },
  },
})
const cacheDir = resolve(values.cache ?? '/var/cache/eims')
const outDir = join(cacheDir, 'artifacts')
/** The agent of media that need no server. */
const MEDIUM_AGENT = fileURLToPath(new URL('../apps/agent/src/medium-main.ts', import.meta.url))
const log = (line: string) => process.stderr.write(`eims: ${line}\n`)

try {
  const isThere = (architecture: string) => existsSync(join(outDir, architecture, 'manifest.json'))
  const architectures = architecturesToBuild(values.architecture ?? [], isThere)
  await mkdir(outDir, { recursive: true })
  await buildDashboard({ cacheDir, outDir, log })
  await fetchIpxe({ cacheDir, outDir, log })
  await fetchShim({ cacheDir, outDir, log })
  const agentFile = join(cacheDir, 'agent.mjs')
  await bundleAgent({ outFile: agentFile })
  await mkdir(join(outDir, 'medium'), { recursive: true })
  await bundleAgent({ outFile: join(outDir, 'medium/agent.mjs'), entry: MEDIUM_AGENT })
  const firmware = values.firmware ? { firmwareDir: resolve(values.firmware) } : {}
  for (const architecture of architectures)
    await buildMicroOs({ architecture, cacheDir, outDir, agentFile, log, ...firmware })
} catch (error) {
  log(`what the server hands out could not be made: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
