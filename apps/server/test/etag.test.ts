import {
  AccountInput,
  Batch,
  BatchInput,
  Node,
  NodeDetail,
  NodePatch,
  ProfileInput,
  PublicAccount,
  PublicProfile,
  RETENTION,
  Site,
  SitePatch,
  withRetention,
} from '@eims/contracts'
import t from 'tap'
import type { z } from 'zod'
import { etagOf } from '../src/http/etag.ts'

const [early, late] = ['2026-11-20T10:00:00.000Z', '2026-11-20T10:00:01.000Z']
const status = { reason: { code: 'onboarded', slots: {}, text: 'onboarded' }, indicator: 'IDLE', at: early } as const

const node: z.input<typeof NodeDetail> = {
  id: 'n-1',
  name: 'one',
  serial: 'SN-1',
  uuid: null,
  macs: ['52:54:00:00:00:01'],
  provisional: [],
  manufacturer: null,
  product: null,
  registered: true,
  profile: null,
  site: 'Default',
  batch: null,
  metadata: {},
  account: null,
  disk: null,
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
  state: 'REGISTERED',
  desired: 'ONBOARDED',
  status,
  hold: null,
  waiting: null,
  instance: null,
  installed: null,
  run: null,
  lastSeenAt: null,
  createdAt: early,
  inventory: null,
  medium: null,
  claimedMac: null,
  hardware: null,
  config: null,
  configSha256: null,
  warnings: [],
}

const site: z.input<typeof Site> = {
  id: 's-1',
  name: 'Default',
  defaultProfile: null,
  unknownPolicy: null,
  autoProvision: true,
  overwriteUnregistered: false,
  bootOrder: 'disk',
  chainRomIpxe: 'auto',
  dhcpMode: 'proxy',
  userClass: 'eims',
  scriptUrl: null,
  bootFiles: [],
  https: false,
  plainHttp: 'allowed',
  secureBoot: 'auto',
  secureBootModels: [],
  caFingerprint: null,
  httpProxy: null,
  noProxy: null,
  ntpServers: [],
  orchestratorUrl: null,
  orchestratorCa: null,
  mirrors: [],
  adminHosts: [],
  defaultAccount: null,
  sharedIdentifiers: [],
  retention: RETENTION,
  unregisteredLimit: 5000,
  importColumns: {},
  config: null,
  configSha256: null,
}

const profile: z.input<typeof PublicProfile> = {
  id: 'p-1',
  name: 'debian',
  image: 'debian-image',
  isDefault: false,
  createdAt: early,
  updatedAt: early,
}

const batch: z.input<typeof Batch> = {
  id: 'b-1',
  name: 'lot',
  expected: null,
  note: null,
  config: null,
  configSha256: null,
  createdAt: early,
  counts: { expected: null, registered: 1, seen: 0, running: 0, passed: 0, failed: 0, alike: 0, missing: 1 },
  pace: { lastHour: 0, left: 1, expectedEnd: null },
}

const account: z.input<typeof PublicAccount> = {
  id: 'a-1',
  name: 'ops',
  userName: 'edge',
  sshKeys: [],
  hasPassword: true,
  createdAt: early,
  updatedAt: early,
}

type Changes<Input> = { [Field in keyof Required<Input>]: unknown }

const nodeChanges: Changes<NodePatch> = {
  name: 'two',
  serial: 'SN-2',
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  macs: ['52:54:00:00:00:02'],
  manufacturer: 'Dell',
  product: 'R260',
  site: 'Other',
  batch: 'lot',
  metadata: { rack: '7' },
  account: 'ops',
  disk: { prefer: 'smallest' },
  profile: 'debian',
  netbootPolicy: 'denied',
  bootFile: 'snponly.efi',
  secureBoot: 'on',
  config: 'version: 1.0\n',
}

const siteChanges: Changes<SitePatch> = {
  name: 'Other',
  defaultProfile: 'debian',
  unknownPolicy: 'refuse',
  autoProvision: false,
  overwriteUnregistered: true,
  bootOrder: 'network',
  chainRomIpxe: 'always',
  dhcpMode: 'off',
  userClass: 'other',
  scriptUrl: 'http://192.0.2.1/boot.ipxe',
  bootFiles: [{ architecture: 7, file: 'snponly.efi' }],
  https: true,
  plainHttp: 'refused',
  secureBoot: 'on',
  secureBootModels: [{ product: 'SYS-E100*', secureBoot: 'on' }],
  httpProxy: 'http://proxy:3128',
  noProxy: 'localhost',
  ntpServers: ['ntp.example.org'],
  orchestratorUrl: 'https://orchestrator.example.org',
  orchestratorCa: '-----BEGIN CERTIFICATE-----',
  mirrors: ['http://192.0.2.2'],
  adminHosts: ['eims.example.org'],
  sharedIdentifiers: ['SN-1'],
  retention: withRetention(RETENTION, { logs: { days: 30 } }),
  unregisteredLimit: 10,
  importColumns: { 'Geräte-Nr.': 'Serial' },
  config: 'version: 1.0\n',
  defaultAccount: 'ops',
}

const workflow = [
  { uses: { kind: 'builtin', builtin: 'choose-disk' }, id: 'c', task: 'provision', name: 'c', timeout: 60 },
  { uses: { kind: 'builtin', builtin: 'write-image' }, id: 'w', task: 'provision', name: 'w', timeout: 60 },
  { uses: { kind: 'builtin', builtin: 'reboot' }, id: 'r', task: 'provision', name: 'r', timeout: 60 },
]

const profileChanges: Changes<ProfileInput> = {
  name: 'other',
  description: 'of the till',
  type: 'immutable',
  securityFeature: 'secure-boot-and-full-disk-encryption',
  version: '13.1',
  metadata: { owner: 'ann' },
  source: { provider: 'ann' },
  workflow,
  image: 'other-image',
  architecture: 'arm64',
  finish: 'hold',
  overwrite: false,
  disk: { prefer: 'smallest' },
  account: { userName: 'edge', sshKeys: [] },
  cloudConfig: '#cloud-config\n{}\n',
  networkConfig: 'version: 2\n',
  config: 'version: 1.0\n',
  bootOrder: 'network',
  growRoot: false,
  addons: ['calico'],
  standalone: true,
  onboarding: 'later',
  kernelArgs: 'quiet',
  phoneHomeTimeout: 60,
}

const batchChanges: Changes<BatchInput> = { name: 'other', expected: 7, note: 'changed', config: 'version: 1.0\n' }
const accountChanges: Changes<AccountInput> = {
  name: 'other',
  userName: 'edge2',
  sshKeys: ['ssh-ed25519 AAAA'],
  passwordHash: '$6$salt$two',
}

interface Kind {
  input: z.ZodObject
  reply: z.ZodType
  before: Record<string, unknown>
  /** another value of every field that a person may set */
  changes: Record<string, unknown>
  /** what else stands for a change of a person's, such as one of a field that replies do not show */
  shown: Record<string, unknown>
  /** what changes by itself */
  moves: Record<string, unknown>
}

const kinds: Record<string, Kind> = {
  node: {
    input: NodePatch,
    reply: NodeDetail,
    before: node,
    changes: nodeChanges,
    shown: { hold: 'waits for a part', registered: false, configSha256: 'ab' },
    moves: {
      provisional: ['52:54:00:00:00:01'],
      claimedMac: '52:54:00:00:00:01',
      hardware: { metadata: {} },
      warnings: [{ code: 'os-alike', slots: {}, text: 'its OS is like another one' }],
      state: 'ONBOARDED',
      desired: 'DELETED',
      status: { ...status, indicator: 'ERROR' },
      waiting: {
        code: 'no-profile',
        slots: { node: 'one' },
        text: 'one has no profile, and the site has no default profile',
      },
      instance: {
        id: 'i-1',
        state: 'RUNNING',
        desired: 'RUNNING',
        status,
        profile: null,
        osVersion: null,
        bootId: null,
        sshHostKeys: [],
      },
      installed: { profile: 'p', version: '', image: 'i', manifestSha256: 'a' },
      medium: {
        state: 'INSTALLED',
        reason: null,
        name: 'one',
        profile: 'p',
        image: { name: 'i', manifestSha256: 'ab'.repeat(32) },
        disk: null,
        instanceId: 'run-1',
        begunAt: null,
        at: '2026-11-29T12:05:00.000Z',
        agent: null,
        medium: 'ab'.repeat(32),
        customization: null,
        config: null,
      },
      run: {
        id: 'r-1',
        state: 'RUNNING',
        reason: null,
        createdAt: early,
        startedAt: null,
        endedAt: null,
        actions: [],
      },
      inventory: {
        architecture: 'x86_64',
        firmware: 'uefi',
        secureBoot: null,
        cpuModel: null,
        cpuCount: 1,
        memory: 1,
        biosVendor: null,
        biosVersion: null,
        disks: [],
        nics: [],
      },
      lastSeenAt: late,
    },
  },
  site: {
    input: SitePatch,
    reply: Site,
    before: site,
    changes: siteChanges,
    shown: { caFingerprint: 'AB', configSha256: 'ab' },
    moves: {},
  },
  profile: {
    input: ProfileInput,
    reply: PublicProfile,
    before: profile,
    changes: profileChanges,
    shown: { updatedAt: late },
    moves: { isDefault: true, warnings: ['of its cloud-config'] },
  },
  batch: {
    input: BatchInput,
    reply: Batch,
    before: batch,
    changes: batchChanges,
    shown: { configSha256: 'ab' },
    moves: { counts: { ...batch.counts, seen: 1 }, pace: { lastHour: 3, left: 1, expectedEnd: late } },
  },
  account: {
    input: AccountInput,
    reply: PublicAccount,
    before: account,
    changes: accountChanges,
    shown: { updatedAt: late, hasPassword: false },
    moves: {},
  },
}

/** What stands for what no reply shows, or not every reply about the thing. */
const standsFor: Record<string, Record<string, unknown>> = {
  passwordHash: { updatedAt: late },
  'node config': { configSha256: 'ab' },
}
/** What nobody ever changes. */
const lasting = ['id', 'createdAt']

for (const [name, { input, reply, before, changes, shown, moves }] of Object.entries(kinds))
  await t.test(`the tag of a ${name}`, async (t) => {
    const tag = (more: object = {}) => etagOf(reply, () => ({ ...before, ...more }))
    t.match(tag(), /^"[\w-]{22}"$/)
    t.strictSame(Object.keys(changes).sort(), Object.keys(input.shape).sort(), 'this test changes every field')
    for (const [field, value] of Object.entries({ ...changes, ...shown })) {
      const changed = standsFor[field] ?? standsFor[`${name} ${field}`] ?? { [field]: value }
      t.not(tag(changed), tag(), `${field} changes it`)
    }
    for (const [field, value] of Object.entries(moves)) t.equal(tag({ [field]: value }), tag(), `${field} does not`)
    const judged = [...Object.keys({ ...changes, ...shown, ...moves }), ...lasting]
    const shape = Object.keys((reply as z.ZodObject).shape)
    t.strictSame(
      shape.filter((field) => !judged.includes(field)),
      [],
      'this test judges every field of a reply',
    )
  })

await t.test('a node in a list of nodes has the tag of the same node by itself', async (t) => {
  const { inventory: _, ...listed } = node
  t.equal(
    etagOf(Node, () => listed),
    etagOf(NodeDetail, () => node),
  )
})
