import {
  addImageCommand,
  type Reason,
  type ReasonCode,
  readReason,
  type Sentence,
  type SentenceCode,
  type Slots,
  sentence,
} from '@eims/contracts'
import type { Finding } from './symptoms.ts'

/** What lets a machine go on, by what it waits for. */
const remedies: Partial<Record<ReasonCode, SentenceCode>> = {
  'disk-not-blank': 'remedy.overwrite',
  unregistered: 'remedy.adopt',
  'no-profile': 'remedy.give-profile',
  'image-converting': 'remedy.image-converting',
  'workflow-image-converting': 'remedy.image-converting',
  'image-failed': 'remedy.image-failed',
  'other-architecture': 'remedy.other-architecture',
  'not-asked-for': 'remedy.provision',
  paused: 'remedy.resume',
  'waits-for-person': 'remedy.resume-when-done',
  'backs-off': 'remedy.backs-off',
  'image-away': 'remedy.image-away',
  'netboot-denied': 'remedy.allow',
  'netboot-local': 'remedy.allow-install',
  'workflow-disabled': 'remedy.workflow-disabled',
  'workflow-mistakes': 'remedy.workflow-mistakes',
  'workflow-image-unsure': 'remedy.workflow-image-unsure',
  'image-kind': 'remedy.image-kind',
  'workflow-image-failed': 'remedy.workflow-image-failed',
  'workflow-image-other': 'remedy.workflow-image-other',
}

/** A remedy of which some braces are filled when it is told: with the node's name. */
const partly = (code: SentenceCode, slots: Slots = {}): Sentence => ({ code, slots })

/** What lets a quarantined machine go on, where its reason tells; else nothing. Pure. */
export function conflictRemedy(reason: Reason): readonly Sentence[] {
  if (reason.code === 'identity-provisional') {
    const { node } = reason.slots
    return [sentence('remedy.forget', { node }), sentence('remedy.give-serial', { node })]
  }
  if (reason.code !== 'identity-other-maker') return []
  const { serial, said, claims } = reason.slots
  return [
    ...claims.map(({ node }) => sentence('remedy.set-maker', { node, said })),
    sentence('remedy.add-other', { serial, said }),
  ]
}

/** What mends a run that failed, where its reason tells. Pure. */
export function failureRemedy(reason: Reason | null): readonly Sentence[] {
  const why = reason?.code === 'action-failed' ? readReason(reason.slots.why) : reason
  return why?.code === 'firmware-full' || why?.code === 'boot-entries-full' ? [partly('remedy.firmware-full')] : []
}

/** A machine that waits in the Micro-OS. Pure. */
export const waits = (reason: Reason): Finding & { also: readonly Sentence[] } => ({
  symptom: 'waits-in-micro-os',
  slots: { reason },
  also: remedyOf(reason),
})

function remedyOf(reason: Reason): Sentence[] {
  switch (reason.code) {
    case 'workflow-image-missing':
      return [sentence('remedy.add-image', { command: addImageCommand(reason.slots) })]
    case 'workflow-image-kind': {
      const action = reason.slots.kind === 'disk' ? 'archive2disk' : 'image2disk'
      return [sentence('remedy.workflow-image-kind', { ...reason.slots, action })]
    }
    case 'config-unfit': {
      const code = reason.slots.needs === 'k3s' ? 'remedy.config-needs-k3s' : 'remedy.config-needs-mutable'
      return [partly(code, reason.slots)]
    }
    default: {
      const code = remedies[reason.code]
      return code ? [partly(code, reason.slots as Slots)] : []
    }
  }
}
