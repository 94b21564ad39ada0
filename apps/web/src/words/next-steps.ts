import type { ReasonCode } from '@eims/contracts'

/** What a person can do about a reason. */
export type NextStep =
  | 'nothing'
  | 'wait'
  | 'read'
  | 'register'
  | 'resolve'
  | 'unregistered'
  | 'profile'
  | 'provision'
  | 'power'
  | 'retry'
  | 'reprovision'
  | 'release'
  | 'resume'
  | 'allow'
  | 'firmware'
  | 'disk'
  | 'image'
  | 'converting'
  | 'workflow'
  | 'config'
  | 'network'
  | 'server'
  | 'boot'
  | 'defect'
  | 'agent'

const codes: Record<NextStep, readonly ReasonCode[]> = {
  nothing: [
    ...(['runs-its-os', 'finished', 'installs', 'registered', 'registered-already', 'onboarded', 'released'] as const),
    ...(['split-off', 'gets-profile', 'provisioned', 'provisioning', 'nothing-to-do', 'written-and-sealed'] as const),
    ...(['written-reports-nothing', 'os-runs', 'run-succeeded', 'other-disks-cleared', 'dhcp-inform'] as const),
    'medium-installed',
    ...([
      'dhcp-no-server-named',
      'dhcp-other-server',
      'starts-from-disk',
      'tftp-asked-anew',
      'filesystem-busy',
    ] as const),
  ],
  wait: [
    ...(['boot-busy', 'run-goes-on', 'run-under-way', 'run-not-over', 'backs-off', 'will-be-provisioned'] as const),
    ...([
      'written-awaits-report',
      'again-by-itself',
      'tftp-gave-way',
      'tftp-busy',
      'dhcp-too-many',
      'dhcp-facts-late',
    ] as const),
    ...([
      'tftp-stopping',
      'run-over',
      'attempt-over',
      'attempt-superseded',
      'no-such-attempt',
      'attempt-of-another',
    ] as const),
    ...([
      'report-of-old-instance',
      'phone-home-token-old',
      'run-not-paused',
      'has-no-run',
      'waits-to-be-imaged',
    ] as const),
  ],
  read: ['told', 'denied-file', 'no-such-action', 'has-an-instance', 'nobody-holds-it'],
  register: ['unregistered', 'discovered', 'nobody-registered-it', 'disk-not-blank', 'identity-provisional', 'deleted'],
  unregistered: ['too-many-unregistered'],
  resolve: [
    ...(['identity-of-several', 'identity-contradicts', 'identity-other-maker', 'twin', 'quarantined'] as const),
    ...(['untrusted', 'os-alike'] as const),
  ],
  profile: ['no-profile', 'other-architecture', 'image-kind', 'profile-keeps-disks'],
  provision: ['not-asked-for', 'waits-to-be-provisioned', 'never-provisioned', 'not-provisioned'],
  power: ['waits-for-its-machine', 'silent', 'again-when-told', 'again-by-its-own-order'],
  retry: [
    ...(['run-failed', 'action-failed', 'action-timed-out', 'action-lost', 'run-timed-out', 'cancelled'] as const),
    ...([
      'restored',
      'command-failed',
      'program-failed',
      'action-stuck',
      'action-too-long',
      'image-not-whole',
    ] as const),
    ...(['chosen-disk-unclear', 'archive-unreadable', 'no-run'] as const),
  ],
  reprovision: [
    ...([
      'action-not-repeatable',
      'no-report-in-time',
      'cloud-init-failed',
      'first-boot-cut',
      'os-did-not-come-up',
      'medium-unfinished',
    ] as const),
  ],
  release: ['held', 'release-first', 'hold-after-restore'],
  resume: ['paused', 'waits-for-person', 'run-stands-still'],
  allow: ['netboot-denied', 'netboot-local', 'let-it-boot-first', 'https-only'],
  firmware: [
    ...(['identity-missing', 'no-architecture', 'http-boot-off', 'architecture-not-served', 'no-bios-boot'] as const),
    ...([
      'firmware-variable',
      'boot-entries-full',
      'firmware-full',
      'dhcp-no-architecture',
      'dhcp-option-length',
    ] as const),
    ...([
      'dhcp-malformed',
      'dhcp-hardware-type',
      'dhcp-discover-on-4011',
      'dhcp-from-port-0',
      'tftp-client-error',
    ] as const),
    ...(['tftp-read-only', 'tftp-mode', 'tftp-option', 'tftp-name', 'ipxe-tls-failed', 'secure-boot-differs'] as const),
    ...(['secure-boot-demanded'] as const),
  ],
  disk: [
    ...([
      'no-disk-found',
      'no-disk-fits',
      'several-disks-fit',
      'disk-no-medium',
      'disk-usb',
      'disk-medium',
      'disk-removable',
    ] as const),
    ...(['disk-read-only', 'disk-no-match', 'disk-too-small', 'disk-too-big', 'disk-rotation', 'disks-alike'] as const),
    ...([
      'disk-used',
      'chosen-disk-gone',
      'disk-changed',
      'other-disk-clashes',
      'disk-in-use',
      'image-too-large',
    ] as const),
    ...(['image-fills-disk', 'sector-size', 'disk-not-of-this-run', 'only-4kn'] as const),
    ...(['partitions-do-not-fit', 'disk-cannot-erase', 'disk-too-small-for-addons', 'addons-do-not-fit'] as const),
  ],
  image: [
    ...([
      'image-failed',
      'image-away',
      'workflow-image-missing',
      'workflow-image-unsure',
      'workflow-image-other',
    ] as const),
    ...([
      'workflow-image-kind',
      'workflow-image-failed',
      'image-of-other-architecture',
      'manifest-of-other-size',
    ] as const),
    ...(['manifest-unreadable', 'chunk-missing', 'chunk-damaged', 'gpt-damaged', 'no-partition-table'] as const),
    ...(['partition-table-full', 'no-efi-partition', 'no-efi-loader', 'image-table-damaged', 'image-format'] as const),
    ...(['image-packed-twice', 'image-disk-too-large', 'conversion-interrupted', 'conversion-cancelled'] as const),
    ...(['conversion-in-backup', 'kernel-args-built-in', 'addon-not-signed'] as const),
    ...(['secure-boot-refuses', 'loader-not-signed', 'loader-changed', 'loader-not-trusted'] as const),
    ...(['loader-signed-2011-only'] as const),
  ],
  converting: ['image-converting', 'workflow-image-converting'],
  workflow: [
    ...(['workflow-mistakes', 'workflow-disabled', 'no-disk-chosen', 'partition-missing', 'os-unclear'] as const),
    ...([
      'filesystem-not-mounted',
      'path-unusable',
      'file-not-written',
      'device-not-granted',
      'action-argument',
    ] as const),
    ...(['action-unknown', 'partition-not-in-mbr', 'filesystem-cannot-grow', 'no-kernel-found'] as const),
    ...(['kernel-args-unknown', 'no-loader-found', 'iso-takes-no-seed'] as const),
  ],
  config: ['config-unreadable', 'config-unfit', 'secret-missing', 'seed-too-large'],
  network: [
    'tftp-no-ack',
    'tftp-last-ack-missing',
    'tftp-too-long',
    'ipxe-download-failed',
    'grub-download-failed',
    'kernel-not-trusted',
    'runtime-refused',
    'dhcp-no-host',
    'dhcp-reply-too-large',
  ],
  server: [
    ...([
      'database-down',
      'disk-full',
      'no-micro-os',
      'dhcp-off',
      'dhcp-not-sent',
      'boot-file-name',
      'tftp-unreadable',
    ] as const),
    ...(['tftp-not-opened', 'tftp-no-socket', 'tftp-not-found'] as const),
  ],
  boot: ['booted-anew', 'tool-missing', 'tool-unusable', 'runtime-missing'],
  defect: ['disk-error', 'disk-ends', 'disk-gives-other-bytes', 'disk-not-erased'],
  agent: ['action-not-here'],
}

/** What is to be done about a reason of each code. Complete: a test holds it against the table of reasons. */
export const nextSteps: ReadonlyMap<string, NextStep> = new Map(
  Object.entries(codes).flatMap(([step, each]) => each.map((code) => [code, step as NextStep] as const)),
)

/** PURE: what a person can do about a reason; what its sentence says, where this version does not know its code. */
export const nextStepOf = ({ code }: { code: string }): NextStep => nextSteps.get(code) ?? 'read'

/** PURE: of a failed action what is to be done about its cause, where that is known better. */
export function nextStepFor(reason: { code: string; slots: Readonly<Record<string, unknown>> }): NextStep {
  const { why } = reason.slots as { why?: { code?: unknown } | null }
  const inner = typeof why?.code === 'string' ? nextSteps.get(why.code) : undefined
  return inner && !['nothing', 'wait', 'read'].includes(inner) ? inner : nextStepOf(reason)
}
