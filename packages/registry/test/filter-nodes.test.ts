import { NodeInput } from '@eims/contracts'
import t from 'tap'
import { createBatch, createNode, listNodes, patchNode } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const { db, siteId } = await (await startDatabases(t))(t)

const nodes: Record<string, object> = {
  one: { serial: 'SN-1', macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'], manufacturer: 'Dell Inc.', batch: 'lot-1' },
  two: {
    serial: 'SN-2',
    uuid: '11111111-2222-3333-4444-555555555555',
    batch: 'lot-2',
    metadata: { rack: '7', 'a-b': '%' },
  },
  three: {
    serial: 'X_1',
    macs: ['52:54:00:bb:00:01'],
    manufacturer: 'Supermicro',
    metadata: { rack: '17', note: 'it\'s "x"' },
  },
  five: { uuid: '4C4C4544-0043-3510-8052-B4C04F4A3132' },
  four: { serial: 'A B', product: '100% pure', metadata: { 'example.com/rack-1': '7' } },
}
t.before(async () => {
  for (const name of ['lot-1', 'lot-2']) await createBatch(db, siteId, { name, expected: null, note: null })
  for (const [name, input] of Object.entries(nodes))
    await createNode(db, {
      input: NodeInput.parse({ name, ...input }),
      registered: name !== 'four',
      actor: 'test',
      siteId,
    })
  await db.$executeRaw`update node set created_at = '2026-11-20T10:00:00Z' where name = 'one'`
  await db.$executeRaw`update node set last_seen_at = '2026-11-20T12:00:00Z', state = 'ONBOARDED' where name = 'two'`
  await patchNode(db, 'three', { netbootPolicy: 'local' }, 'test')
})

const found = async (filter: string) => {
  const { items, total } = await listNodes(db, { pageSize: 10, filter, orderBy: 'createdAt' })
  if (total !== items.length) throw new Error(`total ${total} of ${items.length}`)
  return items
    .map(({ name }) => name)
    .sort()
    .join(' ')
}
const all = 'five four one three two'

await t.test('every field, every way to compare', async (t) => {
  const table: [string, string][] = [
    ['', all],
    ['name = one', 'one'],
    ['name = ONE', 'one'],
    ['name != one', 'five four three two'],
    ['name:o', 'four one two'],
    ['name = t*', 'three two'],
    ['name = *e', 'five one three'],
    ['name = *r*', 'four three'],
    ['name = "t*"', ''],
    ['name:*', all],
    ['name:ON', 'one'],
    ['name = T*', 'three two'],
    ['serial:N-', 'one two'],
    ['serial:"a  b"', 'four'],
    ['serial:Ｓn-', 'one two'],
    ['mac:52-54-00-AA', 'one'],
    ['uuid:4C4C', 'five'],
    ['name = *', all],
    ['serial = sn-1', 'one'],
    ['name:on OR serial:sn-2', 'one two'],
    ['name:"on" OR serial:"on" OR mac:"bb" OR batch = lot-2', 'one three two'],
    ['NOT (name:on OR serial:sn-2)', 'five four three'],
    ['(name:t OR serial:x_) AND registered = true', 'three two'],
    ['name != t* AND -uuid:4c4c', 'four one'],
    ['serial = "a  b"', 'four'],
    ['serial = SN*', 'one two'],
    ['serial:_', 'three'],
    ['serial = X_1', 'three'],
    ['serial = X*1', null as never],
    ['uuid = 11111111-2222-3333-4444-555555555555', 'two'],
    ['uuid = 11111111-2222-3333-4444-555555555555 AND serial = SN-2', 'two'],
    ['uuid:*', 'five two'],
    ['uuid:4c4c4544', 'five'],
    ['uuid = 4c4c4544*', 'five'],
    ['uuid = *3132', 'five'],
    ['uuid:44454c4c', 'five'],
    ['uuid = 44454c4c*', 'five'],
    ['uuid = 44454c4c-4300-1035-8052-b4c04f4a3132', 'five'],
    ['mac = 52:54:00:aa:00:02', 'one'],
    ['mac = 525400AA0002', 'one'],
    ['mac = 5254.00aa.0002', 'one'],
    ['macs = 52-54-00-AA-00-02', 'one'],
    ['mac:52-54-00', 'one three'],
    ['mac = 52:54:00:bb*', 'three'],
    ['mac:54:00:a', 'one'],
    ['mac = 52-54*', 'one three'],
    ['mac = *00-02', 'one'],
    ['mac = *00:0', ''],
    ['mac:40:0', ''],
    ['mac:25', ''],
    ['uuid:1111-2222', 'two'],
    ['uuid:11112222', ''],
    ['uuid = 5555*', ''],
    ['uuid = *-555555555555', 'two'],
    ['uuid = *4c4c4544', ''],
    ['uuid:-', 'five two'],
    ['mac != 52:54:00:aa:00:02', 'five four three two'],
    ['NOT mac:*', 'five four two'],
    ['manufacturer = "dell inc."', 'one'],
    ['manufacturer:*', 'one three'],
    ['manufacturer = ""', 'five four two'],
    ['manufacturer != ""', 'one three'],
    ['product = "100% pure"', 'four'],
    ['product:%', 'four'],
    ['product:1%p', ''],
    ['registered = true', 'five one three two'],
    ['registered != true', 'four'],
    ['batch = lot-1', 'one'],
    ['batch:lot', 'one two'],
    ['batch = LOT*', 'one two'],
    ['batch != lot-1', 'five four three two'],
    ['NOT batch:*', 'five four three'],
    ['batch = ""', 'five four three'],
    ['profile:*', ''],
    ['site:*', all],
    ['metadata.rack = 7', 'two'],
    ['metadata.rack:7', 'three two'],
    ['metadata.Rack = 7', ''],
    ['metadata.note = "IT\'S \\"X\\""', 'three'],
    ['metadata.rack = 7 OR metadata.rack = 17', 'three two'],
    ['metadata.rack:*', 'three two'],
    ['metadata.rack != 7', 'five four one three'],
    ['metadata.example.com/rack-1 = 7', 'four'],
    ['metadata."a-b" = "%"', 'two'],
    ['metadata.note = "it\'s \\"x\\""', 'three'],
    ['metadata.Rack:*', ''],
    ['state = onboarded', 'two'],
    ['state != ONBOARDED', 'five four one three'],
    ['netbootPolicy = local', 'three'],
    ['hold:*', ''],
    ['waiting:*', ''],
    ['status.code = registered', 'five one three two'],
    ['status.code = discovered', 'four'],
    ['instance.state = RUNNING', ''],
    ['instance.state != RUNNING', all],
    ['run.state:*', ''],
    ['status.indicator = IDLE', all],
    ['lastSeenAt:*', 'two'],
    ['lastSeenAt > 2026-11-20T11:00:00Z', 'two'],
    ['lastSeenAt < 2030-01-01', 'two'],
    ['NOT lastSeenAt > 2026-11-20T11:00:00Z', 'five four one three'],
    ['createdAt = 2026-11-20T10:00:00Z', 'one'],
    ['createdAt <= 2026-11-20T11:00:00+01:00', 'one'],
    ['(batch = lot-1 OR batch = lot-2) AND NOT name = two', 'one'],
    ['name = one OR (name = two AND state = ONBOARDED)', 'one two'],
    ['name = "x\' or true --"', ''],
    ['metadata."x\') or true --" = 1', ''],
  ]
  for (const [filter, names] of table) if (names !== null) t.equal(await found(filter), names, filter || 'nothing')
})

await t.test('what does not suit the field is refused with the column', async (t) => {
  const table: [string, RegExp][] = [
    ['serial = X*1', /column 10: \* stands only at the beginning or the end/],
    ['nonsense = 1', /column 1: there is no field "nonsense"; there are id, name, serial/],
    ['constructor = 1', /there is no field/],
    ['metadata = 1', /"metadata" needs a key, such as metadata\.rack/],
    ['state = BROKEN', /column 9: "BROKEN" is none of REGISTERED, ONBOARDED/],
    ['state = ONB*', /is none of/],
    ['state < ONBOARDED', /"state" cannot be compared with </],
    ['name > a', /"name" cannot be compared with >; a text is compared with = != and :/],
    ['registered = yes', /column 14: must be true or false/],
    ['lastSeenAt > yesterday', /must be a date or time such as/],
    ['lastSeenAt > 2026-11-20T10:00:00', /must be a date or time/],
    ['lastSeenAt : 2026-11-20', /cannot be compared with :/],
    ['mac = 52:54', /column 7: is not a MAC address; part of one is found with mac:52:54/],
    ['uuid = 1', /is not a UUID/],
  ]
  for (const [filter, message] of table)
    await t.rejects(
      found(filter),
      { code: 'invalid-input', message, fields: [{ path: 'query.filter', message }] },
      filter,
    )
})
