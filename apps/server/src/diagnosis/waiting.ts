import { type Reason, type ReasonCode, readReason, say } from '@eims/contracts'
import { sentence } from './figures.ts'
import type { Finding } from './symptoms.ts'

/** What lets a machine go on, by what it waits for. */
const remedies: Partial<Record<ReasonCode, string>> = {
  'disk-not-blank': 'To have that disk overwritten: ./eims nodes adopt {node} --profile PROFILE',
  unregistered: 'To install it: ./eims nodes adopt {node} --profile PROFILE',
  'no-profile': 'Give it one: ./eims nodes set {node} --profile PROFILE',
  'image-converting': 'Nothing: it goes on when the image is ready. ./eims images list shows it.',
  'image-failed':
    'Add a whole image (./eims images add) and give it to the profile: ./eims profiles set PROFILE --image NAME',
  'other-architecture': 'Give it a profile of its architecture: ./eims nodes set {node} --profile PROFILE',
  'not-asked-for': 'To install it: ./eims nodes provision {node}',
  'netboot-denied': 'To let it: ./eims nodes set {node} --netboot allowed',
  'netboot-local': 'To have it installed: ./eims nodes set {node} --netboot allowed',
}

/** What lets a quarantined machine go on, where its reason tells; else nothing. Pure. */
export function conflictRemedy(reason: Reason): readonly string[] {
  if (reason.code === 'identity-provisional') {
    const { node } = reason.slots
    return [
      `If it is another machine: ./eims nodes forget ${node}`,
      `If it is ${node}: give that node its serial or UUID (./eims nodes set ${node} --serial S --uuid U)`,
    ]
  }
  if (reason.code !== 'identity-other-maker') return []
  const { serial, said, claims } = reason.slots
  return [
    ...claims.map(({ node }) => `If it is ${node}: ./eims nodes set ${node} --manufacturer "${said}"`),
    `If it is another machine: ./eims nodes add NAME --serial "${serial}" --manufacturer "${said}"`,
  ]
}

const fullFirmware =
  'In its firmware’s setup delete boot entries that lead nowhere, or load the defaults; some free the room only when restarted. Then: ./eims nodes retry {node}'

/** What mends a run that failed, where its reason tells. Pure. */
export function failureRemedy(reason: Reason | null): readonly string[] {
  const why = reason?.code === 'action-failed' ? readReason(reason.slots.why) : reason
  return why?.code === 'firmware-full' || why?.code === 'boot-entries-full' ? [fullFirmware] : []
}

/** A machine that waits in the Micro-OS. Pure. */
export function waits(reason: Reason): Finding & { also: readonly string[] } {
  const remedy = remedies[reason.code]
  return { symptom: 'waits-in-micro-os', slots: { reason: sentence(say(reason)) }, also: remedy ? [remedy] : [] }
}
