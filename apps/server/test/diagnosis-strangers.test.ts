import { appendEvents } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const databases = await startDatabases(t)
const DOCTOR = '02:65:69:6d:73:01'

await t.test(
  'a machine whose MAC is wrong on record is found among those that are heard and belong to no node',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    const heard = (mac: string, minutesAgo: number) =>
      appendEvents(site.db, [
        { kind: 'dhcp.discover', mac, message: 'DISCOVER on port 67', at: Date.now() - minutesAgo * 60_000 },
      ])
    const explain = () => site.api('diagnosis', { query: { node: 'unit-1' } })
    await site.api('addNode', { body: { name: 'unit-1', macs: ['52:54:00:aa:00:01'] } })
    await site.api('addNode', { body: { name: 'unit-2', macs: ['52:54:00:aa:00:02'] } })
    t.match(await explain(), { symptom: 'lan-silent', remedy: [/eims doctor/] })

    await heard(DOCTOR, 1)
    t.match(await explain(), { symptom: 'lan-silent' }, 'the doctor is no machine')
    await heard('52:54:00:aa:00:02', 1)
    const other = await explain()
    t.match(other, { symptom: 'no-packet', remedy: [/^Switch it on/] }, 'who is another node is no stranger')
    await heard('b0:7b:25:00:00:09', 1)
    await heard('52:54:00:aa:00:0f', 2)
    await heard('52:54:00:aa:00:0e', 90)
    const { remedy } = await explain()
    t.match(
      remedy[0],
      /of no node: 52:54:00:aa:00:0f \([^)]*\), b0:7b:25:00:00:09 \([^)]*\)\. /,
      'the likest first, none of long ago',
    )
  },
)
