import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
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
  const program = join(root, 'apps/cli/test/support/first-commands.ts')
  const printed = execFileSync(process.execPath, [program, JSON.stringify(here)], { encoding: 'utf8' })
  const { text, commands } = JSON.parse(printed) as { text: string; commands: string[] }
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
