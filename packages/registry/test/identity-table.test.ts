import { MachineIdentity } from '@eims/contracts'
import t from 'tap'
import { type Candidate, matchIdentity, normaliseIdentity } from '../src/index.ts'

const A = '00112233-4455-6677-8899-aabbccddeeff'
const A_TWIN = '33221100-5544-7766-8899-aabbccddeeff'
const B = 'deadbeef-0000-4000-8000-000000000001'
const M1 = '52:54:00:aa:00:01'
const M2 = '52:54:00:aa:00:02'

type Says = Partial<MachineIdentity>
type Way = [onRecord: Partial<Candidate>, says: Says]

/** How the machine's words can stand to what is on record, and every spelling in which that happens. */
const serial: Record<string, Way[]> = {
  same: [
    [{ serials: ['SN-1'] }, { serial: 'SN-1' }],
    [{ serials: ['SN-1'] }, { serial: '  sn-1 ' }],
    [{ serials: ['SN 1'] }, { serial: 'SN  1' }],
    [
      { serials: ['SN-1'], manufacturer: 'Dell Inc.' },
      { serial: 'SN-1', manufacturer: 'DELL' },
    ],
    [{ serials: ['SN-1'], manufacturer: 'Dell Inc.' }, { serial: 'SN-1' }],
    [{ serials: ['SN-1'] }, { serial: 'SN-1', manufacturer: 'HPE' }],
    [
      { serials: ['SN-1'], manufacturer: 'HP' },
      { serial: 'SN-1', manufacturer: 'System manufacturer' },
    ],
    // after a merge a node answers to both of its serials
    [{ serials: ['SN-O1', 'SN-1'] }, { serial: 'SN-1' }],
  ],
  other: [
    [{ serials: ['SN-1'] }, { serial: 'SN-2' }],
    [{ serials: ['SN-O1', 'SN-1'] }, { serial: 'SN-2' }],
  ],
  maker: [
    [
      { serials: ['SN-1'], manufacturer: 'Dell' },
      { serial: 'SN-1', manufacturer: 'Lenovo' },
    ],
    [
      { serials: ['SN-1'], manufacturer: 'Kontron Europe' },
      { serial: 'SN-1', manufacturer: 'Kontron S&T AG' },
    ],
  ],
  unknown: [
    [{}, { serial: 'SN-1' }],
    [{ serials: ['SN-1'] }, {}],
    [{ serials: ['SN-1'] }, { serial: 'To be filled by O.E.M.' }],
    [{}, {}],
  ],
}
const uuid: Record<string, Way[]> = {
  same: [
    [{ uuids: [A] }, { uuid: A }],
    [{ uuids: [A] }, { uuid: A_TWIN }],
    [{ uuids: [A_TWIN] }, { uuid: A }],
    [{ uuids: [A] }, { uuid: A.toUpperCase() }],
    [{ uuids: [A] }, { uuid: A.replaceAll('-', '') }],
    [{ uuids: [B, A] }, { uuid: A }],
  ],
  other: [
    [{ uuids: [A] }, { uuid: B }],
    [{ uuids: [A_TWIN] }, { uuid: B }],
  ],
  unknown: [
    [{}, { uuid: A }],
    [{ uuids: [A] }, {}],
    [{ uuids: [A] }, { uuid: '03000200-0400-0500-0006-000700080009' }],
    [{ uuids: [A] }, { uuid: '00020003-0004-0005-0006-000700080009' }],
  ],
}
const mac: Record<string, Way[]> = {
  same: [
    [{ macs: [M1] }, { macs: [M1] }],
    [{ macs: [M1] }, { macs: [M2, '5254.00AA.0001'] }],
    [{ macs: [M2, M1] }, { macs: [M1] }],
  ],
  none: [
    [{ macs: [M1] }, { macs: [M2] }],
    [{ macs: [M1] }, {}],
    [{}, { macs: [M1] }],
    [{ macs: ['00:e0:4c:68:00:01'] }, { macs: ['00:e0:4c:68:00:01'] }],
  ],
}

/** The rules of docs/registry.md, whole: a shared identifier makes it the node, anything that contradicts a conflict. */
const table: [serial: string, uuid: string, mac: string, is: 'one' | 'none' | 'conflict'][] = [
  ['same', 'same', 'same', 'one'],
  ['same', 'same', 'none', 'one'],
  ['same', 'unknown', 'same', 'one'],
  ['same', 'unknown', 'none', 'one'],
  ['unknown', 'same', 'same', 'one'],
  ['unknown', 'same', 'none', 'one'],
  ['unknown', 'unknown', 'same', 'one'],
  // a moved or exchanged board
  ['same', 'other', 'same', 'conflict'],
  ['same', 'other', 'none', 'conflict'],
  ['other', 'same', 'same', 'conflict'],
  ['other', 'same', 'none', 'conflict'],
  // a dock or a shared adapter
  ['other', 'unknown', 'same', 'conflict'],
  ['unknown', 'other', 'same', 'conflict'],
  ['other', 'other', 'same', 'conflict'],
  // a maker spelt in two ways, or two makers with one serial
  ['maker', 'same', 'same', 'one'],
  ['maker', 'same', 'none', 'one'],
  ['maker', 'unknown', 'same', 'one'],
  ['maker', 'unknown', 'none', 'conflict'],
  ['maker', 'other', 'same', 'conflict'],
  ['maker', 'other', 'none', 'none'],
  // nothing in common
  ['unknown', 'unknown', 'none', 'none'],
  ['other', 'unknown', 'none', 'none'],
  ['unknown', 'other', 'none', 'none'],
  ['other', 'other', 'none', 'none'],
]

await t.test('the table has a row for everything that can be', async (t) => {
  const rows = table.map((row) => row.slice(0, 3).join(' '))
  t.equal(new Set(rows).size, 4 * 3 * 2)
})

for (const [s, u, m, is] of table)
  await t.test(`serial ${s}, UUID ${u}, MAC ${m}: ${is}`, async (t) => {
    for (const a of serial[s]!)
      for (const b of uuid[u]!)
        for (const c of mac[m]!) {
          const [record, says] = [
            { ...a[0], ...b[0], ...c[0] },
            { ...a[1], ...b[1], ...c[1] },
          ]
          const node = {
            nodeId: 'n',
            name: 'n',
            registered: true,
            serials: [],
            uuids: [],
            macs: [],
            manufacturer: null,
            provisional: [],
          }
          const identity = normaliseIdentity(MachineIdentity.parse(says))
          const match = matchIdentity(identity, [{ ...node, ...record }])
          if (match.kind !== is) t.fail(`${JSON.stringify({ record, says })} is ${match.kind}`)
          if (match.kind !== 'one') continue
          const { missing } = match
          t.equal(
            'serial' in missing,
            identity.serial !== undefined && !record.serials,
            'a serial is filled in, never changed',
          )
          t.equal('uuid' in missing, identity.uuid !== undefined && !record.uuids, 'so is a UUID')
          t.strictSame(
            missing.macs,
            identity.macs.filter((each) => !record.macs?.includes(each)),
          )
        }
  })
