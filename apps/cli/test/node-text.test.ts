import type { NodeDetail, Stage } from '@eims/contracts'
import t from 'tap'
import { renderDetail, renderNodes } from '../src/node-text.ts'

const at = '2026-11-20T10:00:00.000Z'
/** What is printed here; the rest of a node does not matter. */
const node = (state: 'RUNNING' | 'PENDING') =>
  ({
    id: 'n1',
    name: 'unit-1',
    serial: 'SN-1',
    uuid: null,
    macs: [],
    manufacturer: null,
    product: null,
    registered: true,
    profile: null,
    netbootPolicy: 'allowed',
    bootFile: null,
    state: 'ONBOARDED',
    desired: 'ONBOARDED',
    status: { text: 'provisioned', indicator: 'IDLE', at },
    held: null,
    instance: {
      id: 'i1',
      state,
      desired: 'RUNNING',
      status: { text: 'runs', indicator: 'IDLE', at },
      profile: null,
      osVersion: null,
      bootId: null,
      sshHostKeys: [],
    },
    run: null,
    lastSeenAt: null,
    createdAt: at,
    inventory: null,
  }) as unknown as NodeDetail
const stage = (pass: number, name: Stage['name'], seconds: number): Stage => ({ pass, name, startedAt: at, seconds })
const stages = [stage(1, 'firmware', 60), stage(2, 'firmware', 20), stage(2, 'write', 30), stage(3, 'firmware', 8)]
const shown = (of: NodeDetail) => /STAGE +TOOK\n((?:\S+ +.*\n)*)/.exec(renderDetail(of, { events: [], stages }))?.[1]

await t.test('nodes show has the stages of one pass', async (t) => {
  t.equal(shown(node('PENDING')), 'firmware  8.0 s\n', 'the newest')
  t.equal(shown(node('RUNNING')), 'firmware  20 s\nwrite     30 s\n', 'of a finished unit not its last way to the disk')
})

await t.test('the list says what is held, and since when nothing is heard of one at work', async (t) => {
  const line = (more: Partial<NodeDetail>, now = at) =>
    /unit-1.*/.exec(renderNodes([{ ...node('PENDING'), ...more }], undefined, Date.parse(now)))?.[0]
  t.match(line({ held: 'the customer calls back' }), / {2}held: the customer calls back$/)
  const writing = { name: 'write-image', state: 'RUNNING', progress: 0.42 }
  const run = { state: 'RUNNING', actions: [writing] } as unknown as NodeDetail['run']
  t.match(line({ run, lastSeenAt: at }), / {2}write-image 42 %$/)
  t.match(line({ run, lastSeenAt: at }, '2026-11-20T10:01:59.000Z'), / {2}write-image 42 %$/, 'clocks differ')
  t.match(line({ run, lastSeenAt: at }, '2026-11-20T10:05:00.000Z'), / write-image 42 %, silent since 2026-11-20 /)
})
