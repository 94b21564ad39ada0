import { NodeInput } from '@eims/contracts'
import { createNode, ensureSite } from '@eims/registry'
import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const databases = await startDatabases(t)
const [uuidA, uuidB, other] = ['a', 'b', 'f'].map((digit) => `${digit.repeat(8)}-1111-4222-8333-444444444444`)
const [macA, macB, macC] = ['0a', '0b', '0c'].map((last) => `52:54:00:00:00:${last}`)

const known = [
  { name: 'a', serial: 'A-1', uuid: uuidA, macs: [macA], manufacturer: 'Dell Inc.' },
  { name: 'b', serial: 'B-1', uuid: uuidB, macs: [macB], manufacturer: 'HPE' },
  { name: 'c', macs: [macC], manufacturer: 'Lenovo' },
]

const has = (kind: string, value: string | undefined) =>
  `contradicts the registry: node a, which the rest of the row names, has the ${kind} ${value}`
const made = 'contradicts the registry: node a is made by Dell Inc.'
const several = (words: string) => `its identifiers are of different nodes: ${words}`

interface Row {
  serial?: string
  uuid?: string | undefined
  mac?: string | undefined
  manufacturer?: string
}
/** What a row says, and by column what is wrong with it. */
const table: [string, Row, [column: string, message: string][]][] = [
  ['all of one node', { serial: 'a-1', uuid: uuidA, mac: macA, manufacturer: 'DELL' }, []],
  ['another MAC, as of a second NIC', { serial: 'A-1', mac: '52:54:00:00:00:1a' }, []],
  ['what the node does not have on record', { serial: 'C-1', uuid: other, mac: macC }, []],
  ['the serial of another maker', { serial: 'A-1', manufacturer: 'Lenovo' }, []],

  ['another serial, by the MAC', { serial: 'A-9', mac: macA }, [['serial', has('serial', 'A-1')]]],
  ['another serial, by the UUID', { serial: 'A-9', uuid: uuidA }, [['serial', has('serial', 'A-1')]]],
  ['another serial, by both', { serial: 'A-9', uuid: uuidA, mac: macA }, [['serial', has('serial', 'A-1')]]],
  ['its serial, but of another maker, by the MAC', { serial: 'A-1', mac: macA, manufacturer: 'Lenovo' }, [['', made]]],
  ['another UUID, by the MAC', { uuid: other, mac: macA }, [['uuid', has('UUID', uuidA)]]],
  ['another UUID, by the serial', { uuid: other, serial: 'A-1' }, [['uuid', has('UUID', uuidA)]]],
  ['another UUID, by both', { uuid: other, serial: 'A-1', mac: macA }, [['uuid', has('UUID', uuidA)]]],
  [
    'another serial and another UUID',
    { serial: 'A-9', uuid: other, mac: macA },
    [
      ['serial', has('serial', 'A-1')],
      ['uuid', has('UUID', uuidA)],
    ],
  ],
  ['another maker, by the MAC', { mac: macA, manufacturer: 'Lenovo' }, [['', made]]],
  ['another maker, by the UUID', { uuid: uuidA, manufacturer: 'Lenovo' }, [['', made]]],
  [
    'another maker and another UUID',
    { uuid: other, mac: macA, manufacturer: 'Lenovo' },
    [
      ['', made],
      ['uuid', has('UUID', uuidA)],
    ],
  ],
  ['another maker of a node without a serial', { mac: macC, manufacturer: 'Dell' }, []],

  [
    'serial and UUID of two',
    { serial: 'A-1', uuid: uuidB },
    [['serial', several("the UUID is b's, the serial is a's")]],
  ],
  ['serial and MAC of two', { serial: 'A-1', mac: macB }, [['mac', several("the MAC is b's, the serial is a's")]]],
  ['UUID and MAC of two', { uuid: uuidA, mac: macB }, [['mac', several("the MAC is b's, the UUID is a's")]]],
  ['MACs of two', { mac: `${macA} ${macB}` }, [['mac', several("the MAC is a's, the MAC is b's")]]],
  [
    'each of another',
    { serial: 'A-1', uuid: uuidB, mac: macC },
    [['mac', several("the MAC is c's, the UUID is b's, the serial is a's")]],
  ],
]

await t.test('a row that could be two machines, or contradicts the one that it names, is refused', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { id: siteId } = await ensureSite(site.db)
  for (const input of known)
    await createNode(site.db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  for (const [name, { serial = '', uuid = '', mac = '', manufacturer = '' }, problems] of table) {
    const file = `serial,uuid,mac,manufacturer\n${[serial, uuid, mac, manufacturer].join(',')}\n`
    // whatever else differs is no problem
    const report = await importCsv(site, file, { dryRun: 'true', onExisting: 'update' })
    const found = report.problems.map(({ column, message }) => [column, message] as const)
    t.strictSame(
      found.toSorted(([a], [b]) => a.localeCompare(b)),
      problems,
      name,
    )
    t.ok(
      report.problems.every(({ code }) => code === 'identity-conflict'),
      name,
    )
  }
})
