import type { Standing } from '@eims/contracts'
import { standingForms } from '../shown/standing-forms.ts'
import type { Note, Shown } from './bench.ts'
import type { Job } from './code.ts'
import type { QueueState } from './queue.ts'
import type { Scan } from './scan.ts'

/** What a scan sounds like: it went well, it did not, it is kept for later, or something else is done from now on. */
export type Sound = 'good' | 'bad' | 'kept' | 'mode'

/** In which colour, with which symbol: those of a standing where it is one, else of how the scan went. */
export type Tone = Standing | 'done' | 'kept' | 'asking' | 'mode' | 'ready' | 'wrong'

/** Of each command, in 16 by 16. */
export const jobForms: Record<Job['kind'], string> = {
  'look-up': 'M7 2.500a4.500 4.500 0 1 1 0 9a4.500 4.500 0 0 1 0-9M10.200 10.200L14 14',
  hold: standingForms.held,
  release: 'M5 3v10l8-5z',
  retry: 'M13 8a5 5 0 1 1-1.700-3.700M12.500 1.500v3.200H9.300',
  assign: 'M2 8.500V13h12V8.500M8 2v7.500M5 6.700 8 9.700l3-3',
  'take-out': 'M2 8.500V13h12V8.500M8 10V2.500M5 5.300 8 2.300l3 3',
}

/** Of each tone in 16 by 16: no colour says anything alone. */
export const forms: Record<Tone, string> = {
  ...standingForms,
  done: standingForms.running,
  wrong: standingForms.failed,
  kept: 'M4.500 2h7M4.500 14h7M5.500 2v2.500L8 8l-2.500 3.500V14M10.500 2v2.500L8 8l2.500 3.500V14',
  asking: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  mode: jobForms['look-up'],
  ready: 'M2 5V3h3M11 3h3v2M14 11v2h-3M5 13H2v-2M5 6v4M8 6v4M11 6v4',
}

/** PURE: the tone of a scan; `isAnswered`: whether the server was there a moment ago. */
export function toneOf({ outcome }: Pick<Scan, 'outcome'>, isAnswered: boolean): Tone {
  if (outcome === null) return isAnswered ? 'asking' : 'kept'
  if (outcome.kind === 'found') return outcome.facts.standing
  return ['done', 'already', 'undone', 'dropped'].includes(outcome.kind) ? 'done' : 'wrong'
}

/** PURE: the tone of what is told of a scan that is no machine's. */
export function toneOfNote(note: Note): Tone {
  if (note === 'mode' || note === 'mode-over') return 'mode'
  if (note === 'keyboard-fits') return 'done'
  return note === 'asking-batch' ? 'asking' : 'wrong'
}

const soundOfTone = (tone: Tone): Sound | null => {
  if (tone === 'asking' || tone === 'ready') return null
  if (tone === 'mode' || tone === 'kept') return tone
  return tone === 'wrong' || tone === 'failed' ? 'bad' : 'good'
}

/** PURE: what is to be heard of what is shown. */
export function soundOf(shown: Shown, { scans, isAnswered }: QueueState): Sound | null {
  if (shown.kind === 'ready') return null
  if (shown.kind === 'note') return soundOfTone(toneOfNote(shown.note))
  const scan = scans.find(({ id }) => id === shown.id)
  return scan ? soundOfTone(toneOf(scan, isAnswered)) : null
}
