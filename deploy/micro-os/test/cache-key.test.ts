import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtMicroOs, folder, freshCache } from './built.ts'
import { readInitrd } from './read-initrd.ts'

t.setTimeout(600_000)

await t.test('a second build with the same inputs takes less than a second, a changed input is seen', async (t) => {
  const cacheDir = await freshCache(t)
  const bases = async () => (await readdir(join(cacheDir, 'micro-os'))).length
  const first = await builtMicroOs(t, { cacheDir, level: 1 })
  t.match(first.log, [/^packing the Micro-OS/])

  // time of the processor, which does not depend on what else the machine does
  const start = process.cpuUsage()
  const second = await builtMicroOs(t, { cacheDir, level: 1 })
  const { user, system } = process.cpuUsage(start)
  t.ok(user + system < 1e6, `took ${Math.round((user + system) / 1000)} ms`)
  t.strictSame(second.log, [])
  t.strictSame(second.manifest, first.manifest)

  const otherAgent = await builtMicroOs(t, { cacheDir, level: 1, agent: 'console.log(2)\n' })
  t.equal(readInitrd(otherAgent.initrd).get('eims/agent.mjs')?.bytes.toString(), 'console.log(2)\n')
  t.not(otherAgent.manifest.files['initrd.zst'].sha256, first.manifest.files['initrd.zst'].sha256)
  t.equal(await bases(), 1, 'a new agent needs no new base')

  const firmwareDir = await folder(t)
  await mkdir(join(firmwareDir, 'tigon'))
  await writeFile(join(firmwareDir, 'tigon/tg3.bin'), 'firmware')
  const withFirmware = await builtMicroOs(t, { cacheDir, level: 1, firmwareDir })
  t.equal(readInitrd(withFirmware.initrd).get('lib/firmware/tigon/tg3.bin')?.bytes.toString(), 'firmware')
  t.equal(await bases(), 2)
})
