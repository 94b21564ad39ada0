import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ImportQuery, ProblemError } from '@eims/contracts'
import t from 'tap'
import { type Room, writeBounded } from '../src/imports/bounded-file.ts'
import { createImportJobs } from '../src/imports/jobs.ts'
import { startDatabases, temporaryFolder } from './support/databases.ts'
import { writeWorkbook } from './support/workbook.ts'

// One promise: what imports write beside the registry is bounded in bytes, and leaves room for the registry.

const { fresh } = await startDatabases(t)
const free: Room = async () => {}
const full: Room = async (_, what) => {
  throw new ProblemError('disk-full', `${what} has no room`)
}

await t.test('bytes count, not characters; room is asked for ahead; an error leaves nothing', async (t) => {
  const path = join(await temporaryFolder(t), 'file')
  const tooLarge = () => new Error('too large')
  const texts = async function* (count: number) {
    for (let index = 0; index < count; index++) yield '\u6f22'.repeat(1000)
  }
  const asked: number[] = []
  const room: Room = async (bytes) => void asked.push(bytes)
  const bounds = { what: 'it', most: 3_000_000, tooLarge, room }
  t.equal(await writeBounded(path, texts(1000), bounds), 3_000_000)
  t.equal(readFileSync(path).length, 3_000_000)
  t.ok(asked.length >= 3 && asked.length < 10, 'for a mebibyte each time')
  t.ok(asked.reduce((sum, bytes) => sum + bytes, 0) >= 3_000_000)
  await t.rejects(writeBounded(path, texts(1001), bounds), { message: 'too large' })
  t.notOk(existsSync(path))
  await t.rejects(writeBounded(path, texts(1), { ...bounds, room: full }), { code: 'disk-full' })
  t.notOk(existsSync(path))
})

async function bench(t: Parameters<typeof fresh>[0], room: Room, mostErrorBytes?: number) {
  const folder = join(await temporaryFolder(t), 'imports')
  const more = mostErrorBytes === undefined ? {} : { mostErrorBytes }
  const registry = await fresh(t)
  const jobs = createImportJobs({ registry, folder, serverId: () => 'a server', now: () => 0, room, ...more })
  const run = (file: string | Buffer) =>
    jobs.run(
      Readable.from([Buffer.from(file)]),
      { id: undefined, options: () => ImportQuery.parse({ dryRun: 'true' }) },
      'a person',
    )
  return { folder, jobs, run }
}

await t.test('without room for it there is no error file, and the report says so; a workbook is refused', async (t) => {
  const { run } = await bench(t, full)
  t.match(await run('Serial,MAC\nA-1,zz\n'), {
    failed: 1,
    errorFile: null,
    notes: ['there is no error file: the error file has no room'],
  })
  const rejected = run(writeWorkbook([{ name: 'A', rows: [['Serial'], ['A-1']] }]))
  await t.rejects(rejected, { code: 'disk-full', message: 'the text of the sheet has no room' })
})

await t.test('error files are kept up to a number of bytes, and the oldest go first', async (t) => {
  const { folder, jobs, run } = await bench(t, free, 3000)
  const bad = `Serial,Name,MAC\nA-1,${'x'.repeat(1000)},zz\n`
  const [first, second, third] = [await run(bad), await run(bad), await run(bad)]
  const kept = [first, second, third].map(({ id }) => existsSync(join(folder, `${id}.errors.csv`)))
  t.same(kept, [false, true, true])
  t.match(await jobs.progress(first.id), { state: 'done', report: { errorFile: null } }, 'its report is kept')
  await t.rejects(jobs.errors(first.id), { code: 'not-found', message: /has no error file/ })
  const chunks = await (await jobs.errors(third.id)).toArray()
  t.match(Buffer.concat(chunks).toString(), /zz/)
})
