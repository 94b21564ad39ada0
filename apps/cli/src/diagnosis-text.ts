import type { Diagnosis, Observation } from '@eims/contracts'
import { wrap } from './wrap.ts'

const VERDICTS: Record<Diagnosis['verdict'], string> = {
  well: 'All is well.',
  'in-progress': 'In progress:',
  waiting: 'It waits.',
  trouble: 'It needs help.',
}

/** A diagnosis for a person at the bench, in lines of at most `width` columns. Times of day are this machine's. */
export function renderDiagnosis(diagnosis: Diagnosis, width: number): string {
  const { subject, node, macs, verdict, summary, heard, answered, missing, cause, remedy, certainty, before } =
    diagnosis
  const name = node?.name ?? subject
  const also = macs.filter((mac) => mac !== name)
  const lines = (title: string, texts: string[]) =>
    texts.length === 0 ? '' : `\n${title}\n${texts.map((text) => wrap(text, width, '  - ')).join('')}`
  const seen = (title: string, all: Observation[]) =>
    all.length === 0 ? '' : `\n${title}\n${all.map((one) => wrap(worded(one), width, `  ${day(one.at)}  `)).join('')}`
  return [
    wrap(`${name}${also.length > 0 ? ` (${also.join(', ')})` : ''}${node ? '' : ', not registered'}`, width),
    `\n${wrap(`${VERDICTS[verdict]} ${summary}`, width)}`,
    seen('Heard', heard),
    seen('Answered', answered),
    lines(verdict === 'in-progress' ? 'Next comes' : 'Never came', missing ? [missing] : []),
    lines(certainty === 'likely' ? 'Likely because' : 'Because', cause ? [cause] : []),
    lines('What to do', remedy),
    lines('The try before', before ? [before] : []),
  ].join('')
}

const day = (iso: string) => new Date(iso).toLocaleString('sv-SE').slice(5)
const time = (iso: string) => new Date(iso).toLocaleTimeString('sv-SE')

const worded = ({ what, count, lastAt }: Observation) =>
  count > 1 ? `${what} (${count} times, last at ${time(lastAt)})` : what
