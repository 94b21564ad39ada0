import { wrap } from '../wrap.ts'
import type { Check } from './check.ts'

/** Checks for a person, what needs a hand last, where the eye is when the program ends. Pure. */
export function renderChecks(checks: Check[], width: number): string {
  const lines = (result: Check['result']) =>
    checks
      .filter((check) => check.result === result)
      .map(
        ({ name, says, remedy }) =>
          wrap(`${name}: ${says}`, width, `${result.padEnd(4)}  `) + (remedy ? wrap(remedy, width, '      -> ') : ''),
      )
      .join('')
  return `${lines('ok')}${lines('warn')}${lines('fail')}\n${conclusion(checks)}\n`
}

function conclusion(checks: Check[]): string {
  const count = (result: Check['result']) => checks.filter((check) => check.result === result).length
  const [fails, warns] = [count('fail'), count('warn')]
  if (fails > 0) return `${fails} of ${checks.length} checks failed.`
  return warns > 0 ? `Nothing failed; ${warns} of ${checks.length} deserve a look.` : 'All is well.'
}
