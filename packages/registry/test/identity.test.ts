import { MachineIdentity } from '@eims/contracts'
import t from 'tap'
import { normaliseManufacturer, uuidTwin } from '../src/identity/identity.ts'
import { type Candidate, matchIdentity, normaliseIdentity } from '../src/index.ts'

const A = '00112233-4455-6677-8899-aabbccddeeff'
const A_TWIN = '33221100-5544-7766-8899-aabbccddeeff'
const B = 'deadbeef-0000-4000-8000-000000000001'
const M1 = '52:54:00:aa:00:01'
const M2 = '52:54:00:aa:00:02'
const DOCK = '52:54:00:dd:00:09'

const node = (name: string, has: Partial<Candidate>): Candidate => ({
  nodeId: `id-${name}`,
  name,
  registered: true,
  serials: [],
  uuids: [],
  macs: [],
  manufacturer: null,
  provisional: [],
  ...has,
})
const one = (name: string, missing: object = { macs: [] }) => ({ kind: 'one', nodeId: `id-${name}`, missing })
const conflict = (...names: string[]) => ({ kind: 'conflict', names })
const none = { kind: 'none' }

const rows: [promise: string, identity: object, candidates: Candidate[], expected: object][] = [
  ['nobody has it', { serial: 'SN-1' }, [], none],
  ['serial', { serial: 'SN-1' }, [node('a', { serials: ['SN-1'] })], one('a')],
  ['serial without case and spaces around', { serial: '  sn-1 ' }, [node('a', { serials: ['SN-1'] })], one('a')],
  ['UUID', { uuid: A }, [node('a', { uuids: [A] })], one('a')],
  ['UUID in the other byte order', { uuid: A_TWIN }, [node('a', { uuids: [A] })], one('a')],
  ['any of several MACs', { macs: [M2, M1] }, [node('a', { macs: [M1] })], one('a', { macs: [M2] })],
  [
    'all on one node',
    { serial: 'S1', uuid: A, macs: [M1] },
    [node('a', { serials: ['S1'], uuids: [A], macs: [M1] })],
    one('a'),
  ],
  [
    'registered by serial: UUID and MACs are filled in',
    { serial: 'S1', uuid: A, macs: [M1, M2] },
    [node('a', { serials: ['S1'] })],
    one('a', { uuid: A, macs: [M1, M2] }),
  ],
  [
    'registered by MAC: serial and UUID are filled in',
    { serial: 'S1', uuid: A, macs: [M1] },
    [node('a', { macs: [M1] })],
    one('a', { serial: 'S1', uuid: A, macs: [] }),
  ],
  [
    'the first DISCOVER knows only UUID and MAC',
    { uuid: A, macs: [M1] },
    [node('a', { serials: ['S1'], macs: [M1] })],
    one('a', { uuid: A, macs: [] }),
  ],
  [
    'same serial, same maker in other words',
    { serial: 'S1', manufacturer: 'Dell Inc.' },
    [node('a', { serials: ['S1'], manufacturer: 'DELL' })],
    one('a'),
  ],
  [
    'same serial, one maker unknown',
    { serial: 'S1', manufacturer: 'Dell Inc.' },
    [node('a', { serials: ['S1'] })],
    one('a'),
  ],
  [
    'same serial, one maker a placeholder',
    { serial: 'S1', manufacturer: 'System manufacturer' },
    [node('a', { serials: ['S1'], manufacturer: 'Dell' })],
    one('a'),
  ],
  [
    'same serial, two makers, two UUIDs: another machine',
    { serial: 'S1', uuid: A, manufacturer: 'Dell Inc.' },
    [node('a', { serials: ['S1'], uuids: [B], manufacturer: 'LENOVO' })],
    none,
  ],
  [
    'same serial, two makers, and nothing else to tell: a person has to',
    { serial: 'S1', uuid: A, macs: [M1], manufacturer: 'Dell Inc.' },
    [node('a', { serials: ['S1'], manufacturer: 'LENOVO' })],
    conflict('a'),
  ],
  [
    'a maker spelt in another way contradicts nothing',
    { serial: 'S1', uuid: A, macs: [M1], manufacturer: 'Kontron S&T AG' },
    [node('a', { serials: ['S1'], uuids: [A], macs: [M1], manufacturer: 'Kontron Europe' })],
    one('a'),
  ],
  [
    'nor where UUID or MAC is the same, and the other is not on record',
    { serial: 'S1', uuid: A, manufacturer: 'Kontron S' },
    [node('a', { serials: ['S1'], uuids: [A], manufacturer: 'Kontron Europe' })],
    one('a'),
  ],
  [
    'its serial is of one node, but for the maker, its MAC of another',
    { serial: 'S1', macs: [DOCK], manufacturer: 'Kontron S&T AG' },
    [node('a', { serials: ['S1'], manufacturer: 'Kontron Europe' }), node('b', { macs: [DOCK] })],
    conflict('b', 'a'),
  ],
  [
    'a maker’s name counts in every script',
    { serial: 'S1', manufacturer: 'ΜΕΛΑΣ' },
    [node('a', { serials: ['S1'], manufacturer: 'Μελας' })],
    one('a'),
  ],
  ['no letter but ASCII’s is lost', { serial: 'ÄÄÖ' }, [node('a', { serials: ['A\u0308äö'] })], one('a')],
  ['and two that differ in one are two', { serial: 'ÄB-1' }, [node('a', { serials: ['ÖB-1'] })], none],
  [
    'of two makers with one serial, ours',
    { serial: 'S1', manufacturer: 'Dell' },
    [node('a', { serials: ['S1'], manufacturer: 'LENOVO' }), node('b', { serials: ['S1'], manufacturer: 'Dell' })],
    one('b'),
  ],
  [
    'serial and MAC of different nodes',
    { serial: 'S1', macs: [M1] },
    [node('a', { serials: ['S1'] }), node('b', { macs: [M1] })],
    conflict('a', 'b'),
  ],
  [
    'UUID and serial of different nodes',
    { serial: 'S1', uuid: A },
    [node('a', { serials: ['S1'] }), node('b', { uuids: [A] })],
    conflict('a', 'b'),
  ],
  [
    'two MACs of different nodes',
    { macs: [M1, M2] },
    [node('a', { macs: [M1] }), node('b', { macs: [M2] })],
    conflict('a', 'b'),
  ],
  [
    'one serial on two nodes without a maker',
    { serial: 'S1' },
    [node('a', { serials: ['S1'], manufacturer: 'Dell' }), node('b', { serials: ['S1'], manufacturer: 'HP' })],
    conflict('a', 'b'),
  ],
  [
    'right serial, another UUID: a moved board',
    { serial: 'S1', uuid: B },
    [node('a', { serials: ['S1'], uuids: [A] })],
    conflict('a'),
  ],
  [
    'right UUID, another serial',
    { serial: 'S2', uuid: A },
    [node('a', { serials: ['S1'], uuids: [A] })],
    conflict('a'),
  ],
  [
    'a dock: its MAC, another UUID on record',
    { uuid: B, macs: [DOCK] },
    [node('a', { uuids: [A], macs: [DOCK] })],
    conflict('a'),
  ],
  [
    'a dock: its MAC, another serial on record',
    { serial: 'S2', macs: [DOCK] },
    [node('a', { serials: ['S1'], macs: [DOCK] })],
    conflict('a'),
  ],
  [
    'MAC and serial the same, the maker another',
    { serial: 'S1', macs: [M1], manufacturer: 'Dell' },
    [node('a', { serials: ['S1'], macs: [M1], manufacturer: 'HP' })],
    one('a'),
  ],
  [
    'a new dock at a known machine',
    { serial: 'S1', uuid: A, macs: [DOCK, M1] },
    [node('a', { serials: ['S1'], uuids: [A], macs: [M1] })],
    one('a', { macs: [DOCK] }),
  ],
  [
    'a placeholder serial names nobody',
    { serial: 'Default string', macs: [M1] },
    [node('a', { serials: ['S1'], macs: [M1] })],
    one('a'),
  ],
  [
    'a placeholder UUID contradicts nobody',
    { serial: 'S1', uuid: '03000200-0400-0500-0006-000700080009' },
    [node('a', { serials: ['S1'], uuids: [A] })],
    one('a'),
  ],
]

for (const [promise, identity, candidates, expected] of rows)
  await t.test(promise, async (t) => {
    const match = matchIdentity(normaliseIdentity(MachineIdentity.parse(identity)), candidates)
    if (match.kind === 'conflict')
      t.same({ kind: 'conflict', names: match.candidates.map((each) => each.name) }, expected)
    else t.same(match, expected)
  })

await t.test('a conflict is told by what was said and what is on record', async (t) => {
  const why = (identity: object, candidates: Candidate[]) => {
    const match = matchIdentity(normaliseIdentity(MachineIdentity.parse(identity)), candidates)
    return match.kind === 'conflict' ? match.reason : match.kind
  }
  t.strictSame(why({ serial: 'S1', macs: [M1] }, [node('a', { serials: ['S1'] }), node('b', { macs: [M1] })]), {
    code: 'identity-of-several',
    slots: {
      claims: [
        { kind: 'serial', value: 'S1', node: 'a' },
        { kind: 'mac', value: M1, node: 'b' },
      ],
    },
  })
  const dock = node('a', { serials: ['S1'], macs: [DOCK], manufacturer: 'Dell' })
  t.strictSame(why({ serial: 'S2', macs: [DOCK] }, [dock]), {
    code: 'identity-contradicts',
    slots: {
      kind: 'mac',
      value: DOCK,
      node: 'a',
      other: { kind: 'serial', recorded: 'S1', maker: 'Dell', said: 'S2' },
    },
  })
  t.strictSame(why({ serial: 'S1', uuid: B }, [node('a', { serials: ['S1'], uuids: [A] })]), {
    code: 'identity-contradicts',
    slots: { kind: 'serial', value: 'S1', node: 'a', other: { kind: 'uuid', recorded: A, maker: null, said: B } },
  })
})

await t.test('another maker is told with both, and whose serial it is', async (t) => {
  const identity = normaliseIdentity(MachineIdentity.parse({ serial: 'S1', manufacturer: ' Dell Inc. ' }))
  const match = matchIdentity(identity, [node('a', { serials: ['S1'], manufacturer: 'LENOVO' })])
  t.match(match, {
    kind: 'conflict',
    reason: {
      code: 'identity-other-maker',
      slots: { serial: 'S1', said: 'Dell Inc.', claims: [{ node: 'a', maker: 'LENOVO' }] },
    },
  })
})

await t.test('what firmware says when nobody filled it in identifies nothing', async (t) => {
  for (const serial of [
    'To be filled by O.E.M.',
    'To Be Filled By O.E.M',
    'Default string',
    'System Serial Number',
    'Not Specified',
    'Not Applicable',
    'None',
    'N/A',
    'Unknown',
    'INVALID',
    'O.E.M.',
    'Chassis Serial Number',
    '0',
    '00000000',
    'XXXXXXX',
    '-',
    '...',
    '0123456789',
    '123456789',
    '1234567890',
    '12345',
  ])
    t.same(normaliseIdentity({ serial, macs: [] }), { macs: [] }, serial)
  for (const uuid of [
    '03000200-0400-0500-0006-000700080009',
    '00020003-0004-0005-0006-000700080009',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '11111111-1111-1111-1111-111111111111',
    '12345678-1234-5678-90ab-cddeefaabbcc',
  ])
    t.same(normaliseIdentity({ uuid, macs: [] }), { macs: [] }, uuid)
  for (const mac of [
    '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
    '01:00:5e:00:00:01',
    '12:12:12:12:12:12',
    '00:e0:4c:68:00:01',
  ])
    t.same(normaliseIdentity({ macs: [mac, M1, M1] }), { macs: [M1] }, mac)
})

await t.test('what looks odd and is real is kept', async (t) => {
  for (const serial of ['SN-0001', '7X0001', 'PF1ABCDE', 'VMware-56 4d', '1000000', 'NONE123', '0001', '54321'])
    t.equal(normaliseIdentity({ serial, macs: [] }).serialShown, serial)
  t.match(normaliseIdentity({ uuid: '00000000-0000-0000-0000-ac1f6b000001', macs: [] }), { uuid: /ac1f6b/ })
  t.equal(uuidTwin(uuidTwin(A)), A)
  for (const [name, expected] of [
    ['Dell Inc.', 'dell'],
    ['Hewlett-Packard', 'hp'],
    ['HPE', 'hp'],
    ['ASUSTeK COMPUTER INC.', 'asus'],
    ['Supermicro', 'supermicro'],
    ['Super Micro Computer, Inc.', 'supermicro'],
    ['To be filled by O.E.M.', undefined],
  ] as const)
    t.equal(normaliseManufacturer(name), expected, name)
})
