import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { firstCommands, firstMachineText } from '../../cli/src/demo/first-machine.ts'
import { find } from '../../cli/src/verbs.ts'
import { startDatabases } from './support/databases.ts'
import { sampleDisk } from './support/sample-disk.ts'
import { openSite } from './support/site.ts'

// One promise: the commands with which the demo ends do what it says, as they are printed.

const { fresh } = await startDatabases(t)
const root = resolve(import.meta.dirname, '../../..')

await t.test('image and profile for every machine', async (t) => {
  const site = await openSite(t, await fresh(t))
  const image = join(site.dataDir, "a disk's image.raw")
  writeFileSync(image, sampleDisk())
  const here = { root, image, interfaceName: null, sudo: false }
  const text = firstMachineText(here)
  const commands = firstCommands(here)
  for (const command of commands) t.ok(text.includes(`  ${command}\n`))
  const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.admin }
  for (const command of commands.slice(1)) {
    const ran = await new Promise<{ code: number; said: string }>((done) =>
      execFile('/bin/sh', ['-c', command], { env }, (error, _, said) =>
        done({ code: error ? Number(error.code) : 0, said }),
      ),
    )
    t.equal(ran.code, 0, `${command}\n${ran.said}`)
  }
  t.match(await site.api('getProfile', { params: { id: 'first' } }), { image: 'first-os', isDefault: true })
  t.equal((await site.api('getSite', {})).defaultProfile, 'first')
})

await t.test('up', async (t) => {
  const [up] = firstCommands({ root: '/opt/eims', image: '/i.raw', interfaceName: 'enp3s0', sudo: true })
  t.equal(up, 'sudo /opt/eims/eims up --interface enp3s0')
  t.match(find(up.split(' ').slice(2))?.verb.help, '--interface IF')
})
