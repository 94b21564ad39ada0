import type { NewEvent } from '@eims/contracts'
import t from 'tap'
import { mergeKey, PendingEvents } from '../src/events/queue.ts'

const add = (queue: PendingEvents, event: NewEvent & { at: number }) => queue.add(event, mergeKey(event), 30_000)
const discover = (at: number, mac = 'm1') => ({ kind: 'dhcp.discover', at, mac, message: 'DISCOVER' }) as const
const shown = (queue: PendingEvents) =>
  queue.take().map(({ kind, mac, at, lastAt, count }) => ({ kind, mac, at, lastAt, count }))

await t.test('repeated sightings within 30 s are one, with count and last time', async (t) => {
  const queue = new PendingEvents(10)
  for (const at of [0, 4_000, 34_000, 64_001]) add(queue, discover(at))
  add(queue, discover(64_001, 'm2'))
  t.same(shown(queue), [
    { kind: 'dhcp.discover', mac: 'm1', at: 0, lastAt: 34_000, count: 3 },
    { kind: 'dhcp.discover', mac: 'm1', at: 64_001, lastAt: 64_001, count: 1 },
    { kind: 'dhcp.discover', mac: 'm2', at: 64_001, lastAt: 64_001, count: 1 },
  ])
})

await t.test('what says something else, or happens once, is never merged', async (t) => {
  const queue = new PendingEvents(10)
  add(queue, { kind: 'tftp.read', at: 0, mac: 'm1', message: 'snponly.efi' })
  add(queue, { kind: 'tftp.read', at: 1, mac: 'm1', message: 'autoexec.ipxe' })
  add(queue, { kind: 'run.created', at: 2, nodeId: 'n', message: 'Run' })
  add(queue, { kind: 'run.created', at: 3, nodeId: 'n', message: 'Run' })
  t.equal(queue.size, 4)
})

await t.test('a full queue drops the oldest of the cheapest, and counts every sighting', async (t) => {
  const queue = new PendingEvents(3)
  add(queue, discover(0, 'm1'))
  add(queue, discover(1, 'm1'))
  add(queue, discover(2, 'm2'))
  add(queue, { kind: 'boot.decision', at: 3, mac: 'm1', message: 'decision' })
  add(queue, { kind: 'run.created', at: 4, message: 'run' })
  t.equal(queue.dropped, 2, 'the DISCOVERs of m1')
  add(queue, { kind: 'run.ended', at: 5, message: 'run' })
  t.equal(queue.dropped, 3, 'that of m2')
  add(queue, discover(6, 'm3'))
  t.equal(queue.dropped, 4, 'a new DISCOVER is cheaper than all that wait')
  add(queue, { kind: 'run.created', at: 7, message: 'run' })
  t.equal(queue.dropped, 5, 'the decision')
  t.same(
    queue.take().map((event) => event.at),
    [4, 5, 7],
  )
})

await t.test('what is cheaper than all that wait does not push one of them out', async (t) => {
  const queue = new PendingEvents(1)
  add(queue, { kind: 'boot.decision', at: 0, mac: 'm1', message: 'decision' })
  add(queue, discover(1))
  t.same(
    queue.take().map((event) => event.kind),
    ['boot.decision'],
  )
})

await t.test('what could not be written goes before what came meanwhile, within the same bound', async (t) => {
  const queue = new PendingEvents(3)
  add(queue, { kind: 'boot.decision', at: 0, mac: 'm1', message: 'a' })
  add(queue, { kind: 'boot.decision', at: 1, mac: 'm1', message: 'b' })
  const batch = queue.take()
  add(queue, { kind: 'boot.decision', at: 2, mac: 'm1', message: 'c' })
  add(queue, { kind: 'boot.decision', at: 3, mac: 'm1', message: 'd' })
  queue.putBack(batch)
  t.same(
    queue.take().map((event) => event.at),
    [1, 2, 3],
  )
  t.equal(queue.dropped, 1)
})

await t.test('a flood of strangers becomes at most 200 rows a second; nodes and single events are kept', async (t) => {
  const queue = new PendingEvents(10_000)
  for (let i = 0; i < 300; i++) add(queue, discover(1000 + i, `m${i}`))
  t.equal(queue.size, 200)
  t.equal(queue.dropped, 100)
  add(queue, { kind: 'boot.decision', at: 1400, mac: 'm', nodeId: 'n', message: 'decision' })
  add(queue, { kind: 'identity.conflict', at: 1400, mac: 'm', message: 'conflict' })
  add(queue, discover(1500, 'm0'))
  add(queue, discover(2000, 'm300'))
  t.equal(queue.size, 203, 'a known sighting is merged, the next second counts anew')
  t.equal(queue.dropped, 100)
})

await t.test(
  'a node’s name said with ever other MACs makes at most 120 rows a minute; what happens once is kept',
  async (t) => {
    const queue = new PendingEvents(10_000)
    const decision = (at: number, index: number, nodeId = 'n') =>
      add(queue, { kind: 'boot.decision', at, mac: `m${index}`, nodeId, message: 'decision' })
    for (let index = 0; index < 300; index++) decision(60_000 + index, index)
    t.equal(queue.size, 120)
    t.equal(queue.dropped, 180)
    decision(60_500, 300, 'another')
    add(queue, { kind: 'run.created', at: 60_500, nodeId: 'n', message: 'Run' })
    decision(120_000, 301)
    t.equal(queue.size, 123)
  },
)

await t.test('a second agent that is refused again and again is one row', async (t) => {
  const queue = new PendingEvents(10)
  for (const at of [0, 1000, 2000]) add(queue, { kind: 'agent.double', at, nodeId: 'n', mac: 'm1', message: 'refused' })
  t.equal(queue.size, 1)
})
