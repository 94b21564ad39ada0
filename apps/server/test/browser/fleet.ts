import { type AnyReason, createClient, type Inventory, shown, worded } from '@eims/contracts'
import { type Agent, bootAgent, goodReport, inventory, phoneHomeOf } from '../support/machine.ts'
import { addDefaultProfile, type Site } from '../support/site.ts'

/** How far a machine of the fleet comes. */
export type Fate = 'running' | 'written' | 'working' | 'failed' | 'waiting' | 'held' | 'stranger'

const PRODUCTS = [
  ['Intel', 'NUC 13 Pro NUC13ANHi5', '13th Gen Intel Core i5-1340P', 16],
  ['Dell Inc.', 'PowerEdge XR4520c', 'Intel Xeon D-2776NT', 32],
  ['Supermicro', 'SYS-E100-13AD', 'Intel Core i7-13700TE', 24],
] as const

const two = (number: number) => number.toString(16).padStart(2, '0')

/** The machine of that number, with the hardware that its agent finds. */
export function machineOf(number: number) {
  const [manufacturer, product, cpuModel, cpuCount] = PRODUCTS[number % PRODUCTS.length]!
  const mac = `3c:ec:ef:4a:${two(number >> 8)}:${two(number & 255)}`
  const found: Inventory = inventory({
    cpuModel,
    cpuCount,
    memory: 32 * 2 ** 30,
    biosVendor: 'American Megatrends',
    biosVersion: '5.27',
    disks: [
      {
        ...inventory().disks[0]!,
        path: '/dev/nvme0n1',
        size: 512_110_190_592,
        transport: 'nvme',
        model: 'SAMSUNG MZVL2512HCJQ',
        serial: `S64ANX0T${1000 + number}`,
      },
    ],
    nics: [
      { name: 'enp1s0', mac, driver: 'igc', link: true, speed: 2500, boot: true },
      { name: 'enp2s0', mac: mac.replace('3c', '3e'), driver: 'igc', link: false, speed: null, boot: false },
    ],
  })
  return {
    name: `edge-${String(number).padStart(4, '0')}`,
    serial: `PF3K${String(20_400 + number * 7)}`,
    mac,
    manufacturer,
    product,
    found,
  }
}

/** What stands on the timeline before an agent: the firmware's way to it. */
function comes(site: Site, number: number): void {
  const { mac } = machineOf(number)
  const said = (kind: 'dhcp.discover' | 'tftp.read' | 'boot.kernel', data: object, ago: number) =>
    site.engine.sink.record(worded({ kind, mac, data: { ...data }, at: Date.now() - ago }))
  const discover = { messageType: 'discover', port: 67, userClass: null, archs: [7], firmware: ['x64 UEFI'] }
  said('dhcp.discover', { ...discover, outcome: 'reply', step: 'ask-4011', file: null, reason: null }, 48_000)
  said('tftp.read', { name: 'snponly.efi', bytes: 284_672, milliseconds: 210, retransmissions: 0 }, 46_000)
  said('boot.kernel', { file: 'vmlinuz', architecture: 'x86_64' }, 31_000)
}

const boot = (site: Site, number: number): Promise<Agent> => {
  const { serial, mac, manufacturer, found } = machineOf(number)
  return bootAgent(site.open, { serial, mac, manufacturer }, { found })
}

const lines = (at: number, texts: readonly string[]) =>
  texts.map((text, index) => ({ at: new Date(at + index * 400).toISOString(), stream: 'agent' as const, text }))

/** Goes through the run until the action whose place is `until` (none: to the end), and gives that one. */
async function runUntil(agent: Agent, until = 99) {
  let seed: Record<string, unknown> | null = null
  for (let place = 0; ; place++) {
    const reply = await agent.next()
    if (reply.kind !== 'action') return { reply: null, seed }
    if (typeof reply.action.with.userData === 'string') seed = reply.action.with
    if (place === until) return { reply, seed }
    const log = lines(Date.now() - 2000, [`${reply.action.name}: begun`, `${reply.action.name}: done`])
    await agent.end(reply, { log })
  }
}

/** A registered machine, or a stranger, that came as far as its fate says. */
export async function send(site: Site, number: number, fate: Fate, batch: string): Promise<void> {
  const { name, serial, mac, manufacturer, product } = machineOf(number)
  if (fate !== 'stranger')
    await site.api('addNode', {
      body: { name, serial, macs: [mac], manufacturer, product, batch, metadata: { rack: `R${1 + (number % 6)}` } },
    })
  if (fate === 'waiting') return
  if (fate === 'held')
    return void (await site.api('holdNode', {
      params: { id: name },
      body: { reason: 'Waits for the second SSD, ordered on Monday' },
    }))
  comes(site, number)
  const agent = await boot(site, number)
  if (fate === 'stranger') return
  const { reply, seed } = await runUntil(agent, fate === 'working' || fate === 'failed' ? 2 : undefined)
  if (fate === 'working' && reply) {
    const progress = ((number * 37) % 90) / 100 + 0.05
    await agent.end(reply, {
      state: 'RUNNING',
      progress,
      result: null,
      log: lines(Date.now() - 3000, [
        'asking 192.168.77.1 for the manifest',
        '512 GB disk /dev/nvme0n1, 1,204 chunks to write',
        `${Math.round(progress * 1204)} chunks written, 412 MB/s`,
      ]),
    })
  }
  if (fate === 'failed' && reply) {
    const disk = '/dev/nvme0n1'
    const reasons: AnyReason[] = [
      { code: 'disk-gives-other-bytes', slots: { disk, offset: 40_265_318_400, of: 'image' } },
      { code: 'disk-error', slots: { disk, doing: 'write', offset: 11_453_246_464, text: 'EIO: i/o error' } },
      { code: 'chunk-missing', slots: { chunk: '9f2c41d0', tries: 5, sources: ['192.168.77.1'] } },
    ]
    await agent.end(reply, {
      state: 'FAILED',
      result: null,
      reason: shown(reasons[number % reasons.length]!),
      log: lines(Date.now() - 3000, [
        'asking 192.168.77.1 for the manifest',
        'I/O error, dev nvme0n1, sector 22369622',
      ]),
    })
  }
  if (fate === 'running' && seed) {
    const { instanceId, token } = phoneHomeOf(seed)
    const report = {
      ...goodReport(instanceId),
      osVersion: 'Debian GNU/Linux 12 (bookworm)',
      hostname: name,
      machineId: `m-${number}`,
      sshHostKeys: [`ssh-ed25519 AAAA${number}`],
    }
    await createClient({ baseUrl: site.open, token })('phoneHome', { body: report })
  }
}

/** Some sixty machines in every state, as a hall has them on a good afternoon. */
export async function fillHall(site: Site): Promise<void> {
  await addDefaultProfile(site.db, 'edge-node-12')
  await site.api('patchSite', { body: { unknownPolicy: 'hold' } })
  for (const [name, expected] of [
    ['lot-2026-31', 26],
    ['lot-2026-32', 24],
    ['spares', 12],
  ] as const)
    await site.api('addBatch', { body: { name, expected } })
  const fates: [Fate, number, string][] = [
    ['running', 22, 'lot-2026-31'],
    ['failed', 2, 'lot-2026-31'],
    ['written', 2, 'lot-2026-31'],
    ['working', 9, 'lot-2026-32'],
    ['running', 6, 'lot-2026-32'],
    ['failed', 1, 'lot-2026-32'],
    ['waiting', 7, 'lot-2026-32'],
    ['held', 2, 'spares'],
    ['waiting', 6, 'spares'],
    ['stranger', 3, ''],
  ]
  let number = 412
  for (const [fate, count, batch] of fates)
    for (let each = 0; each < count; each++) await send(site, number++, fate, batch)
  await site.engine.sink.flush()
  // Runs of one afternoon, and not of one second.
  await site.db.$executeRaw`
    with placed as (select id, row_number() over (order by created_at) as place from run where state = 'SUCCEEDED')
    update run r set created_at = r.created_at - make_interval(mins => (p.place * 19)::int),
                     started_at = r.started_at - make_interval(mins => (p.place * 19)::int),
                     ended_at = r.ended_at - make_interval(mins => (p.place * 19 - 6)::int)
      from placed p where p.id = r.id`
  await site.db.$executeRaw`
    update node set last_seen_at = last_seen_at - make_interval(mins => abs(hashtext(name)) % 240)
     where id in (select node_id from instance where ended_at is null and state in ('RUNNING', 'FAILED'))`
  await site.db.$executeRaw`update run set started_at = started_at - interval '162 seconds' where state <> 'SUCCEEDED'`
  await site.db.$executeRaw`
    update attempt set started_at = started_at - make_interval(secs => case when action_id ~ 'write' then 147 else 2 + length(action_id) % 5 end)`
  await site.db.$executeRaw`
    with placed as (select id, row_number() over (partition by coalesce(node_id, mac) order by at desc, id desc) as place, node_id from event)
    update event e set at = e.at - make_interval(secs => p.place * 11 + case when p.node_id is null then 200 else 0 end),
                       last_at = e.last_at - make_interval(secs => p.place * 11 + case when p.node_id is null then 200 else 0 end)
      from placed p where p.id = e.id`
}

const sshKey = (end: string, comment: string) =>
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEuz3yD3CkGmC1YF3kR6v8VqQYJ8m4zj2T5xw0aS${end} ${comment}`

/** What an administrator has set up beside the machines: accounts, keys, settings. */
export async function fillOffice(site: Site): Promise<void> {
  const accounts = [
    ['edge', 'edge', [sshKey('1dEb', 'marta@office'), sshKey('7fGc', 'field-service')]],
    ['kiosk', 'kiosk', [sshKey('9aQd', 'kiosk@till')]],
  ] as const
  for (const [name, userName, sshKeys] of accounts)
    await site.api('addAccount', { body: { name, userName, sshKeys: [...sshKeys] } })
  for (const [name, role] of [
    ['Bench 1', 'operator'],
    ['Bench 2', 'operator'],
    ['ERP', 'operator'],
    ['Quality', 'viewer'],
  ] as const)
    await site.api('addKey', { body: { name, role } })
  await site.api('patchSite', {
    body: {
      name: 'hall-2',
      defaultAccount: 'edge',
      ntpServers: ['ntp.hall-2.example', '192.168.77.1'],
      httpProxy: 'http://proxy.hall-2.example:3128',
      noProxy: 'localhost,.hall-2.example',
      sharedIdentifiers: ['To be filled by O.E.M.', 'Default string'],
      bootFiles: [{ product: 'SYS-E100*', file: 'snponly.efi' }],
      importColumns: { Seriennummer: 'Serial', 'Bestell-Nr.': 'Batch' },
    },
  })
  await site.api('holdNode', { params: { id: 'edge-0455' }, body: { reason: 'The customer asks for another SSD' } })
  await site.api('releaseNode', { params: { id: 'edge-0455' } })
}

/** Four machines of which nobody can tell which node they are: a typo in the list, an exchanged board, a dock, and two boards alike. */
export async function addConflicts(site: Site): Promise<void> {
  const { api, open } = site
  const maker = { manufacturer: 'Dell Inc.' }
  const mac = (last: string) => `3c:ec:ef:80:00:${last}`
  const uuid = '4c4c4544-0051-3510-8052-b4c04f4d3432'
  await api('addNode', {
    body: { name: 'goods-in-1', serial: 'PF3KX-O801', macs: [mac('01')], ...maker, batch: 'lot-2026-32' },
  })
  await api('addNode', { body: { name: 'goods-in-2', serial: 'PF3KX-0801', ...maker } })
  await bootAgent(open, { serial: 'PF3KX-0801', mac: mac('01'), ...maker })
  await api('addNode', { body: { name: 'board-2', serial: 'PF3KX-0802', uuid, ...maker } })
  await bootAgent(open, { serial: 'PF3KX-0802', uuid: uuid.replace('3432', '3433'), mac: mac('02'), ...maker })
  await api('addNode', { body: { name: 'docked-1', serial: 'PF3KX-0899', macs: [mac('03')] } })
  await bootAgent(open, { serial: 'PF3KX-0803', mac: mac('03') })
  await api('addNode', { body: { name: 'rack-4-left', serial: 'PF3KX-0804', batch: 'lot-2026-32' } })
  const alike = { serial: 'PF3KX-0804', uuid: uuid.replace('3432', '3434'), ...maker }
  await bootAgent(open, { ...alike, mac: mac('04') })
  await bootAgent(open, { ...alike, mac: mac('05') })
  // A word of the first since the second is there: they are two, however long nothing more is heard.
  await site.db.$executeRaw`update boot_session set seen_at = clock_timestamp() where boot_mac = ${mac('04')}`
}
