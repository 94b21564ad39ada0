import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spaceBeside } from '@eims/image'
import { pino } from 'pino'
import t from 'tap'
import { openUploads } from '../src/images/uploads.ts'
import { temporaryFolder } from './support/databases.ts'

// One promise: what a crash leaves of an upload that was being removed keeps no service from starting.

const open = (directory: string) =>
  openUploads({
    directory,
    space: spaceBeside(null),
    jobs: { start: () => Promise.reject(new Error('no image is made here')) },
    now: () => Date.now(),
    log: pino({ level: 'silent' }),
  })
const about = { name: 'disk', size: 10, architecture: 'x86_64' as const }

await t.test('a folder without the file is cleared away, and so is one without its description', async (t) => {
  const directory = await temporaryFolder(t)
  const before = await open(directory)
  const [kept, torn] = [await before.begin(about), await before.begin(about)]
  await before[Symbol.asyncDispose]()
  rmSync(join(directory, torn.id, 'file'))
  mkdirSync(join(directory, 'undescribed'))
  writeFileSync(join(directory, 'undescribed', 'file'), 'some bytes')
  const after = await open(directory)
  t.teardown(() => after[Symbol.asyncDispose]())
  t.strictSame(readdirSync(directory), [kept.id])
  t.match(await after.get(kept.id), { received: 0 })
  await t.rejects(after.get(torn.id), { code: 'not-found' })
})

await t.test('the description goes before the file', async (t) => {
  const directory = await temporaryFolder(t)
  const uploads = await open(directory)
  t.teardown(() => uploads[Symbol.asyncDispose]())
  const { id } = await uploads.begin(about)
  const description = join(directory, id, 'about.json')
  // A description that cannot be unlinked stands for a crash at that moment.
  rmSync(description)
  mkdirSync(description)
  await t.rejects(uploads.remove(id))
  t.ok(existsSync(join(directory, id, 'file')))
})
