import type { Dashboard } from './bench.ts'
import { type Step, stepLine } from './narration.ts'
import type { Wait } from './patience.ts'
import type { Screenshot } from './screens.ts'
import { signInText } from './where-to-look.ts'

/** Where the demo's words go: lines for a person, or one JSON document a line. */
export interface Teller {
  /** something about the demo itself */
  say(text: string): void
  step(step: Step): void
  /** what is waited for */
  wait(wait: Wait): void
  /** a picture was taken of what a machine shows */
  screen(node: string, screen: Screenshot): void
  /** where a browser can watch from now on */
  dashboard(dashboard: Dashboard): void
  /** the end: what became of everything */
  end(text: string, data: object): void
}

/**
 * @param start milliseconds since 1970 that lines count from
 * @param now   milliseconds since 1970
 * @param form  `terminal`: what is waited for stands in one line that rewrites itself
 */
export function teller(
  form: 'terminal' | 'text' | 'json',
  start: number,
  now: () => number,
  print: (text: string) => void,
): Teller {
  let waits = false
  const write = (text: string) => {
    print(waits ? `\r\x1b[K${text}` : text)
    waits = false
  }
  const line = (document: object) => write(`${JSON.stringify(document)}\n`)
  const secondsAt = (at: number) => Math.max(0, at - start) / 1000
  if (form !== 'json')
    return {
      say: (text) => write(`${text}\n`),
      step: (step) => write(stepLine(step, start)),
      wait({ at, node, text, seconds }) {
        const said = stepLine({ at, node: node || 'demo', text: `… ${text} (${seconds} s so far)` }, start)
        write(form === 'terminal' ? said.trimEnd() : said)
        waits = form === 'terminal'
      },
      screen: (node, { path }) =>
        write(stepLine({ at: now(), node, text: `its screen: ${path.slice(path.lastIndexOf('/') + 1)}` }, start)),
      dashboard: (dashboard) => write(`Its dashboard, for a browser on this machine:\n${signInText(dashboard)}`),
      end: (text) => write(text),
    }
  return {
    say: (text) => line({ event: 'demo', text }),
    step: ({ at, node, kind, text }) => line({ event: 'step', seconds: secondsAt(at), node, kind, text }),
    wait: ({ at, node, text, seconds }) =>
      line({ event: 'wait', seconds: secondsAt(at), node: node || null, text, for: seconds }),
    screen: (node, screen) => line({ event: 'screen', seconds: secondsAt(now()), node, ...screen }),
    dashboard: (dashboard) => line({ event: 'dashboard', ...dashboard }),
    end: (_, data) => line({ event: 'end', ...data }),
  }
}
