import { mkdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RUNNING_SERVICES, type RunningService, startTick } from '@eims/contracts'

/**
 * Tells the tool on this machine where this process has its data, until it is disposed of.
 * @param folder made when missing, for its owner only
 * @throws when nothing can be written there
 */
export async function announceDataDirectory(dataDir: string, folder = RUNNING_SERVICES): Promise<AsyncDisposable> {
  const { pid } = process
  const service: RunningService = {
    pid,
    startTick: startTick(await readFile('/proc/self/stat', 'utf8')),
    network: await readlink('/proc/self/ns/net'),
    dataDir,
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${pid}.json`)
  await writeFile(`${file}.new`, `${JSON.stringify(service)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}
