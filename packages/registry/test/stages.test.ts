import type { Event, EventKind } from '@eims/contracts'
import t from 'tap'
import { passes, stages } from '../src/index.ts'

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
  event(8, 'boot.decision', { kind: 'provision' }),
  event(9, 'boot.kernel'),
  event(10, 'boot.initrd'),
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

/** Names by pass: what a person compares. */
const byPass = (events: Event[]) =>
  Object.values(Object.groupBy(stages(events), ({ pass }) => pass)).map((of) => of!.map(({ name }) => name))

await t.test('a reprovisioning is a pass of its own, whatever the first one came to', async (t) => {
  const again = [
    event(2000, 'node.changed', { wish: 'reprovision' }),
    ...provisioning.map(({ kind, data }, index) => event(2100 + index, kind, data)),
  ]
  const whole = ['firmware', 'micro-os', 'waiting', 'write', 'hand-over', 'first-boot']
  t.same(byPass([...provisioning, event(140, 'instance.running'), ...again]), [whole, whole])
  t.same(byPass([...provisioning, ...again]), [whole, whole], 'asked for before the OS reported itself')
  t.same(
    stages([...provisioning, ...again]).map(({ pass, name, seconds }) => [pass, name, seconds])[5],
    [1, 'first-boot', 1900],
    'the first pass ends with the wish',
  )
})

await t.test(
  'a machine that is imaged again without leaving the Micro-OS has no firmware stage in that pass',
  async (t) => {
    const events = [
      ...provisioning.slice(0, 11),
      event(40, 'run.ended'),
      event(41, 'instance.failed'),
      event(50, 'node.changed', { wish: 'reprovision' }),
      event(51, 'action.started', { action: 'inventory' }),
    ]
    t.same(byPass(events), [['firmware', 'micro-os', 'waiting', 'write'], ['write']])
  },
)

await t.test('a retry goes on in its pass', async (t) => {
  const events = [
    ...provisioning.slice(0, 11),
    event(40, 'run.ended'),
    event(41, 'instance.failed'),
    event(51, 'action.started', { action: 'write-image' }),
  ]
  t.same(byPass(events), [['firmware', 'micro-os', 'waiting', 'write', 'write']])
})

await t.test('a power cut in the hand-over shows when the machine fetches a kernel again', async (t) => {
  const events = [...provisioning.slice(0, 13), event(95, 'dhcp.discover'), event(105, 'boot.kernel')]
  t.same(byPass(events), [
    ['firmware', 'micro-os', 'waiting', 'write', 'hand-over'],
    ['firmware', 'micro-os'],
  ])
  t.same(told(events).slice(-3), [
    ['hand-over', 93, 2],
    ['firmware', 95, 10],
    ['micro-os', 105, 0],
  ])
})

await t.test('of a machine that loops the newest twenty passes are kept', async (t) => {
  const events = Array.from({ length: 50 }, (_, round) => [
    event(round * 100, 'dhcp.discover'),
    event(round * 100 + 9, 'boot.kernel'),
  ]).flat()
  t.same([stages(events)[0]!.pass, stages(events).at(-1)!.pass], [31, 50])
  t.equal(passes(events).length, 20)
})

await t.test(
  'every event belongs to one pass; the newest is empty while nothing was heard since the wish',
  async (t) => {
    const registered = event(-5, 'node.registered')
    t.same(passes([registered]), [[registered]])
    t.same(passes([]), [[]])
    const cut = [event(200, 'dhcp.discover'), event(209, 'boot.kernel')]
    const first = [registered, ...provisioning.slice(0, 12)]
    t.same(passes([...first, ...cut]), [first, cut])
    const wish = event(2000, 'node.changed', { wish: 'reprovision' })
    t.same(passes([...first, wish]), [first, [wish]])
  },
)

await t.test('no events, no stages', async (t) => {
  t.same(told([]), [])
  t.same(told([event(0, 'node.registered')], 100), [])
})
