import { join } from 'node:path'
import t from 'tap'
import { buildMicroOs } from '../build.ts'
import { fetchPackages } from '../debian-packages.ts'
import { builtMicroOs, CACHE, folder } from './built.ts'

t.setTimeout(600_000)

await t.test('what cannot be built is refused with a sentence', async (t) => {
  const work = await folder(t)
  const options = { architecture: 'x86_64', cacheDir: CACHE, outDir: work, log: () => {} }
  const agentFile = join(work, 'agent.mjs')
  await t.rejects(buildMicroOs({ ...options, architecture: 'sparc', agentFile }), {
    message: 'no Micro-OS can be built for the architecture "sparc"; known: x86_64, arm64',
  })
  await t.rejects(buildMicroOs({ ...options, agentFile }), /ENOENT.*agent\.mjs/)
  const firmwareDir = join(work, 'none')
  await t.rejects(builtMicroOs(t, { firmwareDir }), { message: `cannot read the firmware folder ${firmwareDir}` })
})

await t.test('a package that does not exist is named', async (t) => {
  const options = { cacheDir: CACHE, architecture: 'amd64', names: ['eims-no-such-package'], log: () => {} }
  await t.rejects(fetchPackages(options), /eims-no-such-package/)
})
