import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

interface Finding {
  id: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** What axe finds against WCAG 2.2 AA on the page as it is. */
export async function findings(page: Page): Promise<string[]> {
  // Not as a script of the page: its policy allows none but its own.
  const session = await page.context().newCDPSession(page)
  const evaluate = async (expression: string) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value as unknown
  }
  await evaluate(`${axe};undefined`)
  // What React Aria has just read out stands there for seconds more, when what it is labelled by may be gone.
  const without = JSON.stringify({ exclude: ['[data-live-announcer]'] })
  const run = `axe.run(${without}, { runOnly: ${JSON.stringify(WCAG)} }).then(({ violations }) => JSON.stringify(violations))`
  const found = JSON.parse((await evaluate(run)) as string) as Finding[]
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}
