import { type NodeDetail, type Stage, shown } from '@eims/contracts'
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
    provisional: [],
    manufacturer: null,
    product: null,
    registered: true,
    profile: null,
    netbootPolicy: 'allowed',
    bootFile: null,
    state: 'ONBOARDED',
    desired: 'ONBOARDED',
    status: { reason: shown({ code: 'provisioned', slots: {} }), indicator: 'IDLE', at },
    hold: null,
    waiting: null,
    instance: {
      id: 'i1',
      state,
      desired: 'RUNNING',
      status: { reason: shown({ code: 'os-runs', slots: { os: 'Debian 12' } }), indicator: 'IDLE', at },
      profile: null,
      osVersion: null,
      bootId: null,
      sshHostKeys: [],
    },
    run: null,
    lastSeenAt: null,
    createdAt: at,
    inventory: null,
    medium: null,
    claimedMac: null,
    warnings: [],
  }) as unknown as NodeDetail
const stage = (pass: number, name: Stage['name'], seconds: number): Stage => ({ pass, name, startedAt: at, seconds })
const stages = [stage(1, 'firmware', 60), stage(2, 'firmware', 20), stage(2, 'write', 30), stage(3, 'firmware', 8)]
const stagesOf = (of: NodeDetail) => /STAGE +TOOK\n((?:\S+ +.*\n)*)/.exec(renderDetail(of, { events: [], stages }))?.[1]

await t.test('nodes show has the stages of one pass', async (t) => {
  t.equal(stagesOf(node('PENDING')), 'firmware  8.0 s\n', 'the newest')
  t.equal(
    stagesOf(node('RUNNING')),
    'firmware  20 s\nwrite     30 s\n',
    'of a finished unit not its last way to the disk',
  )
})

await t.test(
  'the list says what is held, what waits for what, and since when nothing is heard of one at work',
  async (t) => {
    const line = (more: Partial<NodeDetail>, now = at) =>
      /unit-1.*/.exec(renderNodes([{ ...node('PENDING'), ...more }], undefined, Date.parse(now)))?.[0]
    const waiting = shown({ code: 'not-asked-for', slots: { profile: 'kiosk' } })
    t.match(line({}), / {2}runs Debian 12$/)
    const installed = { profile: 'kiosk', version: '12.1', image: 'debian-12', manifestSha256: 'ab'.repeat(32) }
    t.match(line({ profile: 'kiosk', installed }), / {2}kiosk {2}/)
    t.match(line({ profile: 'lab', installed }), / {2}lab \(has kiosk\) {2}/)
    t.match(
      renderDetail({ ...node('RUNNING'), profile: 'lab', installed }, { events: [], stages: [] }),
      /^profile +lab$.*^installed +kiosk 12\.1, image debian-12 \(abababababab\)$/ms,
    )
    t.match(line({ waiting }), / {2}waits: ready for profile kiosk; waits for: eims nodes provision$/)
    const held = { hold: 'the customer calls back', waiting: shown({ code: 'held', slots: { text: 'another' } }) }
    t.match(line(held), / {2}held: the customer calls back$/, 'a person’s word goes before')
    const detail = (more: Partial<NodeDetail>) =>
      renderDetail({ ...node('PENDING'), ...more }, { events: [], stages: [] })
    t.match(detail({ waiting }), /^waits +ready for profile kiosk; /m)
    t.match(detail(held), /^held +the customer calls back$/m)
    t.notMatch(detail(held), /^waits /m)
    const writing = { name: 'write-image', state: 'RUNNING', progress: 0.42 }
    const run = { state: 'RUNNING', actions: [writing] } as unknown as NodeDetail['run']
    t.match(line({ run, lastSeenAt: at }), / {2}write-image 42 %$/)
    t.match(line({ run, lastSeenAt: at }, '2026-11-20T10:01:59.000Z'), / {2}write-image 42 %$/, 'clocks differ')
    t.match(line({ run, lastSeenAt: at }, '2026-11-20T10:05:00.000Z'), / write-image 42 %, silent since 2026-11-20 /)
  },
)

await t.test('nodes show says what is not confirmed, and where each disk is plugged in', async (t) => {
  const disk = { path: '/dev/sda', size: 500e9, transport: 'ata', busPath: 'pci-0000:00:1f.2-ata-1' }
  const inventory = { disks: [disk, { path: '/dev/mmcblk0', size: 8e9, transport: 'mmc' }] }
  const provisional = ['52:54:00:00:00:09']
  const shown = renderDetail({ ...node('RUNNING'), provisional, inventory } as unknown as NodeDetail, {
    events: [],
    stages: [],
  })
  t.match(shown, /^not confirmed +52:54:00:00:00:09$/m)
  t.match(shown, /^disk +\/dev\/sda 500 GB ata at pci-0000:00:1f\.2-ata-1\ndisk +\/dev\/mmcblk0 8 GB mmc$/m)
})
