import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildMediaTools } from './build.ts'

/**
 * Makes the tools that boot media are written by, once, below CACHE, and prints the folder that they are in.
 *   usage: make.ts --cache DIR
 */
const { values } = parseArgs({ options: { cache: { type: 'string' } } })
const cacheDir = resolve(values.cache ?? '/var/cache/eims')
const log = (line: string) => process.stderr.write(`eims: ${line}\n`)

try {
  await mkdir(cacheDir, { recursive: true })
  process.stdout.write(`${await buildMediaTools({ cacheDir, log })}\n`)
} catch (error) {
  log(`the tools that write boot media could not be made: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
