import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@eims/lab'
import { chromium } from 'playwright-core'
import { chromiumProgram } from './chromium.ts'
import { scan } from './scanner.ts'

/*
 * `floor-times.ts ACCESS.JSON SERIALS.JSON CACHE COMMAND COUNT`: opens the floor in a browser, scans the command's code and then
 * so many of the serials, one after the other, and prints how many milliseconds each took, from Enter until its answer was
 * painted. ACCESS.JSON holds `url` and `key`. test/bench/floor runs it beside a service.
 */

/** In the page: a time for each Enter, to the begin of the frame after the one that has the answer. What is still asked for, or kept because nothing answers, is no answer. */
const RECORDER = `
  globalThis.times = []
  let began = null
  addEventListener('keydown', ({ key, timeStamp }) => { if (key === 'Enter') began = timeStamp }, true)
  new MutationObserver(() => {
    const tone = document.querySelector('.answer')?.getAttribute('data-tone')
    if (began === null || tone === 'asking' || tone === 'kept') return
    const since = began
    began = null
    requestAnimationFrame(() => requestAnimationFrame(() => times.push(performance.now() - since)))
  }).observe(document.body, { subtree: true, attributes: true, childList: true, characterData: true })
`

const [access = '', list = '', cache = '', command = '', count = ''] = process.argv.slice(2)
const { url, key } = JSON.parse(await readFile(access, 'utf8')) as { url: string; key: string }
const serials = JSON.parse(await readFile(list, 'utf8')) as string[]
const folder = await mkdtemp(join(tmpdir(), 'eims-floor-times-'))
const browser = await chromium.launch({
  executablePath: await chromiumProgram(cache, folder),
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  const page = await browser.newPage({ baseURL: url })
  await page.goto('/floor')
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.keyboard.press('Enter')
  await page.getByText('Ready to scan').waitFor()
  await page.evaluate(RECORDER)
  // Asked by the debugger: the page's policy runs no text as code.
  const answers = () => page.evaluate('times.length') as Promise<number>
  await scan(page, command)
  await until(async () => (await answers()) === 1)
  for (let each = 1; each <= Number(count); each++) {
    await scan(page, serials[Math.floor(Math.random() * serials.length)]!)
    await until(async () => (await answers()) > each)
  }
  console.log(JSON.stringify(((await page.evaluate('times')) as number[]).slice(1)))
} finally {
  await browser.close()
  await rm(folder, { recursive: true })
}
