import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RunningService } from '@eims/contracts'
import t from 'tap'
import { announceDataDirectory } from '../src/announce.ts'

await t.test('a service says where its data are, to its own account, for as long as it runs', async (t) => {
  const folder = join(t.testdir(), 'eims')
  {
    await using _ = await announceDataDirectory('/srv/eims', folder)
    t.equal(statSync(folder).mode & 0o777, 0o700)
    t.same(readdirSync(folder), [`${process.pid}.json`])
    const file = join(folder, `${process.pid}.json`)
    t.equal(statSync(file).mode & 0o777, 0o600)
    const said = RunningService.parse(JSON.parse(readFileSync(file, 'utf8')))
    t.match(said, { pid: process.pid, startTick: /^[1-9]\d*$/, network: /^net:\[\d+\]$/, dataDir: '/srv/eims' })
  }
  t.same(readdirSync(folder), [])
})
