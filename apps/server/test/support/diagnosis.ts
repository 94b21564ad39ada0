import { type Event, type EventKind, messageOf, type NodeDetail, type Reason, say, shown } from '@eims/contracts'
import type { Drop, Sighting } from '@eims/dhcp-proxy'
import type { DiagnosisFacts } from '../../src/diagnosis/facts.ts'
import { dropEvent, sightingEvent } from '../../src/lan/dhcp.ts'

export const MAC = '52:54:00:aa:00:01'
const start = Date.parse('2026-11-20T10:00:00.000Z')

/** Milliseconds since 1970 of a second of these timelines. */
export const at = (second: number): number => start + second * 1000
const iso = (second: number) => new Date(at(second)).toISOString()

export const event = (second: number, kind: EventKind, message: string, data: Event['data'] = {}): Event => ({
  id: String(second),
  kind,
  at: iso(second),
  lastAt: iso(second),
  count: 1,
  nodeId: null,
  mac: MAC,
  runId: null,
  message,
  data,
})

/** The same, seen so many times until then. */
export const repeated = (of: Event, count: number, until: number): Event => ({ ...of, count, lastAt: iso(until) })

/** A DHCP sighting as the server writes it down; without a step it was ignored. */
export const dhcp = (
  second: number,
  type: 'DISCOVER' | 'REQUEST',
  port: 67 | 4011,
  answer: Partial<Pick<Sighting<Reason>, 'step' | 'file' | 'reason'>>,
  more: Partial<Sighting<Reason>> = {},
) => {
  const { kind, message, data } = sightingEvent({
    mac: MAC,
    uuid: null,
    archs: [7],
    vendorClass: 'PXEClient:Arch:00007:UNDI:003016',
    userClass: null,
    messageType: type === 'DISCOVER' ? 'discover' : 'request',
    port,
    serverIdentifier: null,
    requestedAddress: null,
    ciaddr: null,
    giaddr: null,
    secs: 0,
    outcome: answer.step ? 'reply' : 'ignore',
    step: answer.step ?? null,
    file: answer.file ?? null,
    reason: answer.reason ?? null,
    ...more,
  })
  return event(second, kind, message, data)
}

/** A packet that came to nothing, as the server writes it down. */
export const dropped = (second: number, reason: Drop['reason'], more: Partial<Drop> = {}) => {
  const { kind, message, data } = dropEvent({ mac: MAC, port: 67, messageType: 'discover', reason, ...more })
  return event(second, kind, message, data)
}

const server = '192.168.77.2'
export const discover = (second: number) => dhcp(second, 'DISCOVER', 67, { step: 'ask-4011' })
export const takesAddress = (second: number) =>
  dhcp(
    second,
    'REQUEST',
    67,
    { reason: { code: 'dhcp-other-server', slots: { server } } },
    { serverIdentifier: server },
  )
export const named = (second: number) =>
  dhcp(second, 'REQUEST', 4011, { step: 'firmware', file: '52-54-00-aa-00-01/snponly.efi' })
export const read = (second: number, name = 'snponly.efi') =>
  event(second, 'tftp.read', `read ${name}, 284672 bytes in 210 ms`, { name, bytes: 284672, milliseconds: 210 })
export const autoexec = (second: number) => read(second, 'autoexec.ipxe')
export const scripted = (second: number) =>
  dhcp(
    second,
    'DISCOVER',
    67,
    { step: 'script', file: 'http://192.168.77.1:7480/boot.ipxe' },
    { userClass: 'Tinkerbell' },
  )
export const decided = (second: number, kind: string, reason: Reason, data: Event['data'] = {}) =>
  event(second, 'boot.decision', `${kind.replace('-', ' ')}: ${say(reason)}`, { kind, reason, ...data })
export const bootFailed = (second: number, stage: string, reason: Reason) =>
  event(second, 'boot.failed', say(reason), { stage, reason })
export const conflict = (second: number, reason: Reason) =>
  event(second, 'identity.conflict', say(reason), { reason, candidates: [] })
export const tftpFailed = (second: number, name: string, reason: Reason, data: Event['data'] = {}) =>
  event(second, 'tftp.failed', `could not read ${name}: ${say(reason)}`, { name, reason, ...data })
export const refusedWord = (second: number, of: 'agent' | 'os', reason: Reason) =>
  event(second, 'report.refused', messageOf({ kind: 'report.refused', data: { of, reason } }), { of, reason })
export const installs: Reason = { code: 'installs', slots: { profile: 'debian' } }
export const severalNodes: Reason = {
  code: 'identity-of-several',
  slots: {
    claims: [
      { kind: 'serial', value: 'SN-1', node: 'unit-1' },
      { kind: 'mac', value: '52:54:00:aa:00:02', node: 'unit-2' },
    ],
  },
}
export const kernel = (second: number) =>
  event(second, 'boot.kernel', 'fetches vmlinuz for x86_64', { file: 'vmlinuz', architecture: 'x86_64' })
export const initrd = (second: number) =>
  event(second, 'boot.initrd', 'fetches initrd.zst for x86_64', { file: 'initrd.zst', architecture: 'x86_64' })
export const siteCpio = (second: number) => event(second, 'boot.site', 'fetches its site parameters')

/** A UEFI machine up to its boot script. */
export const upToScript = [discover(0), takesAddress(4), named(5), read(6), autoexec(7), scripted(9)]
export const upToMicroOs = [...upToScript, decided(10, 'provision', installs), kernel(11), initrd(12), siteCpio(20)]

/** What a diagnosis looks at; the rest of a node does not matter here. */
export const node = (more: Partial<NodeDetail> = {}) =>
  ({
    id: 'n1',
    name: 'unit-1',
    serial: 'SN-1',
    uuid: null,
    macs: [MAC],
    manufacturer: null,
    product: null,
    registered: true,
    profile: 'debian',
    netbootPolicy: 'allowed',
    bootFile: null,
    state: 'ONBOARDED',
    desired: 'ONBOARDED',
    status: { reason: shown({ code: 'onboarded', slots: {} }), indicator: 'IDLE', at: iso(0) },
    hold: null,
    instance: null,
    run: null,
    lastSeenAt: null,
    createdAt: iso(0),
    inventory: null,
    medium: null,
    claimedMac: null,
    warnings: [],
    ...more,
  }) as NodeDetail

export const instance = (
  state: NonNullable<NodeDetail['instance']>['state'],
  reason: Reason,
  osVersion: string | null = null,
) => ({
  id: 'i1',
  state,
  desired: 'RUNNING' as const,
  status: { reason: shown(reason), indicator: 'IDLE' as const, at: iso(0) },
  profile: 'debian',
  osVersion,
  bootId: null,
  sshHostKeys: [],
})

export const run = (
  state: NonNullable<NodeDetail['run']>['state'],
  actionState: string,
  reason: Reason | null = null,
) => ({
  id: 'r1',
  state,
  reason: reason && shown(reason),
  createdAt: iso(0),
  startedAt: iso(0),
  endedAt: null,
  actions: [
    {
      id: 'a1',
      name: 'write-image',
      state: actionState,
      attempts: 1,
      progress: 0.42,
      reason: null,
      startedAt: null,
      endedAt: null,
    },
  ],
})

/** Facts about a machine that nobody registered, heard by a server that listens since ten minutes before. */
export const facts = (now: number, events: Event[], more: Partial<DiagnosisFacts> = {}): DiagnosisFacts => ({
  now: at(now),
  subject: MAC,
  node: null,
  macs: [MAC],
  events,
  phoneHomeDueAt: null,
  waiting: null,
  agentSeenAt: null,
  lan: { heardAt: at(-30), strangers: [] },
  site: { dhcpMode: 'proxy', scriptUrl: null },
  server: {
    since: at(-600),
    interfaces: [{ interface: 'enp2s0', address: '192.168.77.1', heardServers: [] }],
    initrd: { x86_64: 40_080_672 },
  },
  ...more,
})
