import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ImportQuery } from '@eims/contracts'
import t from 'tap'
import { createImportJobs } from '../src/imports/jobs.ts'

await t.test('a folder that could not be made is made for the next import', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'eims-imports-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const disk = join(dir, 'disk')
  await writeFile(disk, 'not mounted yet')
  const jobs = createImportJobs({
    registry: null as never,
    folder: join(disk, 'imports'),
    serverId: () => 'a server',
    now: () => 0,
    room: async () => {},
  })
  const run = (): Promise<object> =>
    jobs.run(Readable.from(['Serial']), { id: undefined, options: () => ImportQuery.parse({}) }, 'a person')
  await t.rejects(run(), { code: 'ENOTDIR' })
  await rm(disk)
  const failure: object & { code?: string | undefined } = await run().catch((error: NodeJS.ErrnoException) => error)
  t.not(failure.code, 'ENOTDIR', 'the file is read; there is no registry here to import it into')
})
