import { type Step, stepLine } from './narration.ts'

/** Where the demo's words go: lines for a person, or one JSON document a line. */
export interface Teller {
  /** something about the demo itself */
  say(text: string): void
  step(step: Step): void
  /** the end: what became of everything */
  end(text: string, data: object): void
}

/** @param start milliseconds since 1970 that lines count from */
export function teller(json: boolean, start: number, write: (text: string) => void): Teller {
  const line = (document: object) => write(`${JSON.stringify(document)}\n`)
  if (!json)
    return {
      say: (text) => write(`${text}\n`),
      step: (step) => write(stepLine(step, start)),
      end: (text) => write(text),
    }
  return {
    say: (text) => line({ event: 'demo', text }),
    step: ({ at, node, kind, text }) =>
      line({ event: 'step', seconds: Math.max(0, at - start) / 1000, node, kind, text }),
    end: (_, data) => line({ event: 'end', ...data }),
  }
}
