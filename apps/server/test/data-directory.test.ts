import { lockDirectory } from '@eims/registry'
import { pino } from 'pino'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/database.ts'

await t.test('with a PostgreSQL of its own choice, too, a data directory has one master', async (t) => {
  const dataDir = t.testdir()
  const config = readConfig(['--data', dataDir], { EIMS_DATABASE_URL: 'postgresql://127.0.0.1:1/eims' })
  const open = () => openDatabase({ config, log: pino({ level: 'silent' }) })
  const other = await lockDirectory(dataDir)
  await t.rejects(open(), /is in use by another eims/)
  await other.release()
  await t.rejects(open(), /127.0.0.1:1\) cannot be used.*mend that, or unset EIMS_DATABASE_URL/)
})
