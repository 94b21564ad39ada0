import { z } from 'zod'
import { Architecture } from './architecture.ts'
import { named } from './component.ts'
import { DiskRotation } from './disk-rule.ts'
import { Finish } from './finish.ts'
import { TableFault } from './image-facts.ts'
import { configReasons } from './reason-config.ts'
import { diskReasons } from './reason-disk.ts'
import { transferReasons } from './reason-transfer.ts'

/** Any reason, also one whose code this version does not know. */
export interface AnyReason {
  readonly code: string
  readonly slots: Readonly<Record<string, unknown>>
}

/** What an image of the store is. */
const ImageKind = z.enum(['disk', 'archive'])

/** What a workflow takes from the store: a disk image, an image of an OCI registry, a tar archive. */
export const WantedKind = z.enum(['disk', 'oci', 'archive'])
export type WantedKind = z.infer<typeof WantedKind>

const text = z.string().max(4096)
const name = z.string().max(512)
const count = z.number()
/** a reason inside of another */
const why: z.ZodType<AnyReason> = z.lazy(() => Reason)
const identifier = z.enum(['serial', 'uuid', 'mac'])
/** what loaders, kernels and cloud-init find a disk, a partition or a file system by */
const namesOfDisk = z
  .array(z.object({ kind: z.enum(['label', 'uuid', 'partition', 'partition-label', 'disk']), value: name }))
  .max(1024)
/** disks of a machine, each with what speaks against it; null: nothing does */
const judgedDisks = z.array(z.object({ disk: text, why: why.nullable() })).max(256)

const gptFault = z.enum(['no-header', 'header-size', 'entries', 'header-checksum', 'entries-checksum', 'beyond-disk'])

/**
 * Everything that can be said about why a machine is where it is, why something was refused or failed, and how it
 * stands: a code, and the slots that its sentence is filled from. The words are a table of their own (reason-words.ts);
 * docs/reasons.md lists the codes. What a code means never changes; a new meaning is a new code.
 */
export const reasonSlots = {
  /** words that are not ours (cloud-init, qemu-img, another agent, a person), and sentences that earlier versions stored */
  told: { text },

  // who it is
  'database-down': {},
  /** so many machines ask for boot scripts, or one of them so often, that this one has to come again */
  'boot-busy': {},
  'disk-full': {},
  'identity-missing': {},
  /** machines that nobody registered fill the registry, and each of them has a run or a person's word */
  'too-many-unregistered': { limit: count },
  'identity-of-several': { claims: z.array(z.object({ kind: identifier, value: name, node: name })).max(64) },
  'identity-contradicts': {
    kind: identifier,
    value: name,
    node: name,
    other: z.object({ kind: identifier, recorded: name, maker: name.nullable(), said: name }),
  },
  /** its serial is on record of another maker, and nothing else tells whether it is that machine */
  'identity-other-maker': {
    serial: name,
    said: name,
    claims: z.array(z.object({ node: name, maker: name })).max(64),
  },
  /** all that it shares with the node is what the node's machine added by itself */
  'identity-provisional': { kind: identifier, value: name, node: name },
  /**
   * two machines go by the name of one node, `others` being the MACs of the one that has it: it is heard, the node's OS is
   * on it, a person said that it is the node, or it has not been silent for long enough
   */
  twin: {
    node: name,
    serial: name.nullable(),
    uuid: name.nullable(),
    macs: z.array(name).max(64),
    others: z.array(name).max(64),
    how: z.enum(['alive', 'installed', 'claimed', 'undecided']),
  },
  /** `closed`: what keeps one of the candidates from booting */
  quarantined: { why, candidates: z.array(name).max(64), closed: why.nullable() },

  // may it boot, be written, wait
  'netboot-denied': { node: name },
  'netboot-local': { node: name },
  untrusted: { node: name },
  deleted: { node: name },
  'https-only': { client: z.enum(['plain-http', 'ipxe-without-https', 'ipxe-without-ca', 'bios']) },
  'runs-its-os': { node: name },
  finished: { node: name, finish: Finish },
  /** a person's own words */
  held: { text },
  'run-goes-on': { node: name },
  'run-failed': { node: name, why },
  'no-run': { node: name },
  unregistered: { policy: z.enum(['default-profile', 'hold', 'refuse']).nullable() },
  'no-profile': { node: name },
  'other-architecture': { profile: name, wanted: Architecture, has: Architecture },
  'image-converting': { image: name, profile: name },
  'image-failed': { image: name, profile: name, why },
  /** `kind`: what the profile needs */
  'image-kind': { image: name, profile: name, kind: ImageKind },
  'not-asked-for': { profile: name },
  ...configReasons,
  /** `place`: line, column and path of the first mistake; `more`: how many there are besides */
  'workflow-mistakes': { workflow: name, node: name, place: text, sentence: text, remedy: text, more: count },
  /** `text`: the reason that the workflow itself says */
  'workflow-disabled': { workflow: name, text },
  /** `sha256`: of the file, as the workflow has it */
  'workflow-image-missing': { workflow: name, url: text, kind: WantedKind, sha256: name.nullable() },
  /** its URL has a query, and nothing says the SHA-256 of the file */
  'workflow-image-unsure': { workflow: name, url: text },
  'workflow-image-other': { workflow: name, url: text, image: name, wanted: name, has: name.nullable() },
  /** `kind`: what the action takes */
  'workflow-image-kind': { workflow: name, url: text, image: name, kind: ImageKind },
  'workflow-image-converting': { workflow: name, image: name },
  'workflow-image-failed': { workflow: name, image: name, why },
  'disk-not-blank': { disk: name, found: name.nullable() },
  installs: { profile: name },
  /** there is nothing to start it with; `besides`: what it would wait for anyway */
  'no-architecture': { besides: why.nullable() },
  'no-micro-os': { architecture: Architecture, besides: why.nullable() },

  // what a person asked for and does not get
  'release-first': { node: name, text },
  'let-it-boot-first': { node: name, why },
  'run-under-way': { node: name },
  'has-an-instance': { state: name },
  'never-provisioned': {},
  'has-no-run': {},
  'waits-to-be-imaged': {},
  'nobody-holds-it': { node: name },
  'registered-already': { node: name },

  // DHCP: why a packet got no answer, or not the one that it hoped for
  'dhcp-off': {},
  'starts-from-disk': { why },
  'dhcp-discover-on-4011': {},
  'dhcp-inform': {},
  'dhcp-no-server-named': {},
  'dhcp-other-server': { server: name },
  'dhcp-from-port-0': {},
  'dhcp-no-host': { field: z.enum(['source', 'giaddr', 'ciaddr']), address: name },
  'dhcp-reply-too-large': { bytes: count, room: count, url: z.enum(['script', 'boot']) },
  /** `besides`: what it would have been told otherwise */
  'http-boot-off': { besides: why.nullable() },
  'boot-file-name': { file: name },
  /** `number` of option 93; null: it lists none */
  'architecture-not-served': {
    number: count.nullable(),
    architecture: name.nullable(),
    fault: z.enum(['deprecated', 'no-micro-os', '32-bit', 'for-http-boot', 'unknown']),
  },
  /** the packet breaks the rules, so far that no more than its sender could be read, … */
  'dhcp-malformed': { text },
  'dhcp-hardware-type': { type: count, length: count },
  'dhcp-no-architecture': {},
  'dhcp-option-length': { option: count, bytes: count },
  /** … or this server could not answer it */
  'dhcp-too-many': { perSecond: count },
  'dhcp-facts-late': { text },
  'dhcp-not-sent': { text },

  ...transferReasons,

  // an action of a run
  'action-failed': { action: name, why: why.nullable(), exitCode: count.nullable() },
  'action-timed-out': { action: name, seconds: count },
  'action-lost': { action: name, times: count },
  'action-not-repeatable': { action: name },
  /** the whole of it */
  'run-timed-out': { seconds: count },
  /** `left`: attempts that there may still be; `seconds`: from the end of the last one on */
  'backs-off': { action: name, why: why.nullable(), left: count, seconds: count },
  paused: { by: name },
  /** `text`: of the plan, what the person is to do */
  /** `servers`: those that were asked for what is lacking */
  'image-away': { image: name, servers: z.array(name).max(64) },
  'waits-for-person': { action: name, text },
  cancelled: { by: name },
  restored: { madeAt: name },

  // what an agent's call, or a person's, meets
  'run-over': { state: name },
  'run-not-over': { state: name },
  'run-succeeded': {},
  'run-stands-still': {},
  'run-not-paused': {},
  /** `names`: of those that it can be taken up from */
  'no-such-action': { action: name, names: z.array(name).max(100) },
  'no-such-attempt': {},
  'attempt-of-another': { action: name, attempt: count },
  'attempt-superseded': { action: name },
  'booted-anew': {},
  'report-of-old-instance': {},
  'phone-home-token-old': {},
  'attempt-over': { action: name, attempt: count, state: name },

  // how a host stands
  registered: {},
  discovered: {},
  onboarded: {},
  released: {},
  'split-off': { node: name },
  'will-be-provisioned': {},
  'gets-profile': { profile: name },
  provisioned: {},
  'not-provisioned': {},
  'os-did-not-come-up': {},
  /** ISO time */
  silent: { since: name.nullable() },

  // how an instance stands
  'waits-to-be-provisioned': {},
  'again-when-told': {},
  'again-by-itself': {},
  'again-by-its-own-order': {},
  provisioning: {},
  'nothing-to-do': {},
  'waits-for-its-machine': {},
  'written-awaits-report': {},
  'written-and-sealed': {},
  /** it starts, and its plan put no seed on the disk by which it could report itself */
  'written-reports-nothing': {},
  'medium-installed': {},
  'medium-unfinished': {},
  'os-runs': { os: name },
  'os-alike': { kind: z.enum(['machine-id', 'ssh-host-key', 'host-name']), value: text, nodes: z.array(name).max(64) },
  'no-report-in-time': {},
  'cloud-init-failed': { status: name, errors: z.array(text).max(64) },
  /** `times`: how often power was lost in it */
  'first-boot-cut': { times: count },
  'conversion-interrupted': {},
  /** `by`: the key's name */
  'conversion-cancelled': { by: name },
  /** `remedy`: a command of a shell, or what to take instead */
  'image-format': {
    format: z.enum(['vhd', 'vhdx', 'vmdk', 'vdi', 'iso', 'bz2', 'lz4', 'zip', '7z', 'tar', 'ova']),
    remedy: text,
  },
  'image-packed-twice': { outer: name, inner: name, remedy: text },
  /** `bytes`: of its disk, where the image says it */
  'image-disk-too-large': { bytes: count.nullable(), limit: count },
  'conversion-in-backup': { madeAt: name },
  'hold-after-restore': { madeAt: name },

  // why an agent could not do its action
  'no-disk-found': {},
  'no-disk-fits': { disks: judgedDisks },
  'several-disks-fit': { disks: judgedDisks },
  'disk-no-medium': {},
  'disk-usb': {},
  'disk-medium': {},
  'disk-removable': {},
  'disk-read-only': {},
  'disk-no-match': { match: name },
  'disk-too-small': { bytes: count },
  /** `bytes` in all, for the image, the seed and the addons */
  'disk-too-small-for-addons': { bytes: count, image: count, seed: count, addons: count },
  'disk-too-big': { bytes: count },
  'disk-rotation': { has: DiskRotation.nullable() },
  /** `match`: what a disk rule says to mean this one */
  'disks-alike': { serial: name, disks: z.array(z.object({ disk: text, match: name })).max(256) },
  'disk-used': { disk: text, found: name.nullable(), why },
  'profile-keeps-disks': { profile: name },
  'nobody-registered-it': {},
  /** `needs`: the builtin that chooses one */
  'no-disk-chosen': { needs: name },
  'chosen-disk-gone': { disk: name, serial: name.nullable() },
  'chosen-disk-unclear': { disk: name, disks: z.array(name).max(256) },
  'disk-changed': { disk: name, found: name.nullable() },
  /** `names`: what the image would be found by, and `other` is; `cannot`: why its signatures were not taken away */
  'other-disk-clashes': {
    disk: name,
    other: name,
    names: namesOfDisk,
    cannot: z.enum(['not-allowed', 'not-written', 'shared', 'container']),
  },
  /** told with a success: what others can no longer be found by, as they would have been in the place of the new OS */
  'other-disks-cleared': { disks: z.array(z.object({ disk: name, names: namesOfDisk })).max(256) },
  'disk-in-use': { disk: name },
  'disk-error': { disk: name, doing: z.enum(['open', 'read', 'write', 'sync']), offset: count.nullable(), text },
  'disk-ends': { disk: name, offset: count, wanted: count },
  'disk-gives-other-bytes': { disk: name, offset: count, of: z.enum(['image', 'seed', 'table']) },
  /** `told`: frames that the agent says it wrote and found in place */
  'image-not-whole': { action: name, told: count, frames: count },
  'image-too-large': { bytes: count, disk: name, size: count },
  'image-of-other-architecture': { image: Architecture, machine: Architecture },
  'manifest-of-other-size': { bytes: count, plan: count },
  'manifest-unreadable': { digest: name, text },
  'chunk-missing': { chunk: name, tries: count, sources: z.array(name).max(64) },
  /** `wanted`: bytes of it by the manifest; `held`: the bytes that it holds, where they were counted */
  'chunk-damaged': {
    chunk: name,
    fault: z.enum(['packing', 'size', 'digest']),
    wanted: count,
    held: count.nullable(),
    text: text.nullable(),
  },
  'sector-size': { image: count, disk: name, sectorSize: count },
  'gpt-damaged': {
    disk: name,
    fault: gptFault,
    /** what is wrong with the one at the end of the disk; null: nobody looked */
    backup: z
      .enum([...gptFault.options, 'of-another-table'])
      .nullable()
      .default(null),
  },
  'no-partition-table': {},
  'partition-table-full': { table: z.enum(['gpt', 'mbr']) },
  'image-fills-disk': { disk: name },
  'seed-too-large': { bytes: count },
  'no-efi-partition': {},
  /** `found`: the loaders that there are, none of them for it */
  'no-efi-loader': { architecture: Architecture, found: z.array(name).max(64) },
  'no-bios-boot': {},
  'only-4kn': {},
  'image-table-damaged': { fault: TableFault },
  'firmware-variable': { variable: name, doing: z.enum(['list', 'read', 'write', 'keep']), text: text.nullable() },
  'boot-entries-full': {},
  /** what the firmware keeps its variables in has no room for this one */
  'firmware-full': { variable: name },
  /** the disk carries no mark of this run, and no action of it installed anything */
  'disk-not-of-this-run': { disk: name },
  'partition-missing': { disk: name, partition: count, has: z.array(count).max(256) },
  /** partitions that hold an OS; none: none does. 0: the disk itself */
  'os-unclear': { disk: name, partitions: z.array(count).max(256) },
  /** `fsType`: null where nothing is recognised */
  'filesystem-not-mounted': { disk: name, partition: count, fsType: name.nullable(), text },
  /** told with a success: something still uses it, so it is unmounted when that ends */
  'filesystem-busy': { disk: name, partition: count },
  /** `at`: the part of the path that is in the way */
  'path-unusable': { path: text, at: text, fault: z.enum(['links', 'not-a-folder', 'is-a-folder']) },
  'file-not-written': { path: text, text },
  /** `exitCode` of a command that the plan gives; `last`: the last line that it said */
  'command-failed': { exitCode: count, last: text.nullable() },
  /** a program of ours that a builtin needs */
  'program-failed': { program: name, exitCode: count, last: text.nullable() },
  /** what a plan grants a command: there is none of this name, or it is another disk */
  'device-not-granted': { device: name, fault: z.enum(['missing', 'disk']) },
  'archive-unreadable': { text },
  'tool-missing': { tool: name },
  'tool-unusable': { tool: name, text },
  ...diskReasons,
  /** `why`: what is wrong with the image's boot loader */
  'secure-boot-refuses': { image: name, profile: name, why },
  'action-not-here': { action: name },
  /** `name`: of a builtin, or of a container image */
  'action-unknown': { action: name, kind: z.enum(['builtin', 'oci']), name },
  'action-argument': { action: name, argument: name, text },
  'action-stuck': { action: name, seconds: count },
  'action-too-long': { action: name, seconds: count },
} as const

type Slots = typeof reasonSlots
export type ReasonCode = keyof Slots
/** What the sentence of a code is filled from. */
export type SlotsOf<C extends ReasonCode> = z.output<z.ZodObject<Slots[C]>>
export type Reason = { [C in ReasonCode]: { readonly code: C; readonly slots: SlotsOf<C> } }[ReasonCode]

/** A reason as modules hand it to each other, as it is stored, and as agents report it. */
export const Reason: z.ZodType<Reason> = z.discriminatedUnion(
  'code',
  Object.entries(reasonSlots).map(([code, slots]) =>
    z.object({ code: z.literal(code), slots: z.object(slots as z.ZodRawShape) }),
  ) as unknown as [z.ZodObject<{ code: z.ZodLiteral<string> }>],
) as unknown as z.ZodType<Reason>

/** A reason as REST shows it: with its sentence in English, for who does not know the code. */
export const ShownReason = z.object({
  /** one of docs/reasons.md; `told` is followed by words that are not the server's own */
  code: z.string(),
  slots: z.record(z.string(), z.unknown()),
  text: z.string(),
})
export type ShownReason = z.infer<typeof ShownReason>

/** Words that are not ours, as a reason. */
export const told = (words: string): Reason => ({ code: 'told', slots: { text: words.slice(0, 4096) } })

/**
 * PURE: a reason out of what was stored or sent. Never throws: a sentence (an earlier version's), and a reason that this
 * version does not know or that does not hold what it must, become `told`; what holds no words at all becomes null.
 */
export function readReason(value: unknown): Reason | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'string') return told(value)
  const known = Reason.safeParse(value)
  if (known.success) return known.data
  const { code, text: words } = value as { code?: unknown; text?: unknown }
  if (typeof words === 'string' && words !== '') return told(words)
  return typeof code === 'string' ? told(code) : null
}

named({ Reason: ShownReason })
