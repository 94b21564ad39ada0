import type { Event, EventKind } from '@eims/contracts'
import t from 'tap'
import { stages } from '../src/index.ts'

const start = Date.parse('2026-11-20T10:00:00.000Z')
const event = (seconds: number, kind: EventKind, data: Event['data'] = {}): Event => {
  const at = new Date(start + seconds * 1000).toISOString()
  return { id: String(seconds), kind, at, lastAt: at, count: 1, nodeId: 'n', mac: null, runId: null, message: '', data }
}
const told = (events: Event[], now?: number) =>
  stages(events, now && start + now * 1000).map((stage) => [
    stage.name,
    (Date.parse(stage.startedAt) - start) / 1000,
    stage.seconds,
  ])

const provisioning = [
  event(0, 'dhcp.discover'),
  event(4, 'tftp.read'),
  event(6, 'dhcp.discover'),
  event(8, 'boot.script'),
  event(8, 'boot.decision', { kind: 'provision' }),
  event(9, 'boot.kernel'),
  event(12, 'boot.site'),
  event(30, 'agent.onboarded'),
  event(31, 'run.started'),
  event(31, 'action.started', { action: 'inventory' }),
  event(32, 'action.ended', { action: 'inventory' }),
  event(33, 'action.started', { action: 'write-image' }),
  event(93, 'action.ended', { action: 'write-image' }),
  event(94, 'action.started', { action: 'seed' }),
  event(99, 'run.ended'),
  event(100, 'instance.provisioned'),
]
const upTo100 = [
  ['firmware', 0, 9],
  ['micro-os', 9, 21],
  ['waiting', 30, 1],
  ['write', 31, 62],
  ['hand-over', 93, 7],
]

await t.test('a provisioning from the first DISCOVER to the running OS', async (t) => {
  t.same(told([...provisioning, event(140, 'instance.running')]), [...upTo100, ['first-boot', 100, 40]])
})

await t.test('a machine that boots from the network first comes by on its way to the disk', async (t) => {
  const events = [
    ...provisioning,
    event(105, 'dhcp.discover'),
    event(107, 'boot.script'),
    event(107, 'boot.decision', { kind: 'local-disk' }),
    event(140, 'instance.running'),
  ]
  t.same(told(events), [...upTo100, ['first-boot', 100, 40]])
})

await t.test('a later boot to the disk is a stage of its own', async (t) => {
  const events = [
    ...provisioning,
    event(140, 'instance.running'),
    event(1000, 'dhcp.discover'),
    event(1008, 'boot.decision', { kind: 'local-disk' }),
  ]
  t.same(told(events).at(-1), ['firmware', 1000, 8])
})

await t.test('what is not over lasts until now', async (t) => {
  const events = provisioning.slice(0, 11)
  t.same(told(events, 60), [...upTo100.slice(0, 3), ['write', 31, 29]])
  t.same(told(events), [...upTo100.slice(0, 3), ['write', 31, 1]])
})

await t.test('a power cut in the middle of the write begins again with the firmware', async (t) => {
  const events = [...provisioning.slice(0, 12), event(50, 'dhcp.discover'), event(60, 'boot.kernel')]
  t.same(told(events), [...upTo100.slice(0, 3), ['write', 31, 19], ['firmware', 50, 10], ['micro-os', 60, 0]])
})

await t.test('a machine that was switched off after a first try does not make one long stage', async (t) => {
  const events = [
    event(0, 'dhcp.discover'),
    event(5, 'dhcp.discover'),
    event(5000, 'dhcp.discover'),
    event(5009, 'boot.kernel'),
  ]
  t.same(told(events), [
    ['firmware', 0, 5],
    ['firmware', 5000, 9],
    ['micro-os', 5009, 0],
  ])
})

await t.test('no events, no stages', async (t) => {
  t.same(told([]), [])
  t.same(told([event(0, 'node.registered')], 100), [])
})
