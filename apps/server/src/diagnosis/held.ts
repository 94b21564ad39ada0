import type { Finding } from './symptoms.ts'

/** What lets a held machine go on, by the reason as engine/hold.ts words it. */
const remedies: [reason: RegExp, remedy: string][] = [
  [/^nobody registered .* is not blank/, 'To have that disk overwritten: ./eims nodes adopt {node} --profile PROFILE'],
  [/^nobody registered /, 'To install it: ./eims nodes adopt {node} --profile PROFILE'],
  [/ has no profile, /, 'Give it one: ./eims nodes set {node} --profile PROFILE'],
  [/^image .* is converting/, 'Nothing: it goes on when the image is ready. ./eims images list shows it.'],
  [
    /^image .* is failed/,
    'Add a whole image (./eims images add) and give it to the profile: ./eims profiles set PROFILE --image NAME',
  ],
  [/^profile .* is for /, 'Give it a profile of its architecture: ./eims nodes set {node} --profile PROFILE'],
  [/^waits for: eims nodes provision/, 'To install it: ./eims nodes provision {node}'],
]

/** A machine that waits in the Micro-OS for a reason of the registry. Pure. */
export function held(reason: string): Finding {
  const [, remedy] = remedies.find(([form]) => form.test(reason)) ?? []
  return { symptom: 'held', slots: { reason: reason.replace(/\.$/, '') }, also: remedy ? [remedy] : [] }
}
