import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, PAGE_HEADER } from '@eims/contracts'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { chromiumProgram } from './chromium.ts'
import { mainThread } from './main-thread.ts'

/*
 * `dashboard-times.ts ACCESS.JSON CACHE WHAT …`: measures the dashboard in a browser and prints JSON. ACCESS.JSON holds `url` and
 * `key`. test/bench/dashboard runs it beside a service.
 *   first ROUNDS PATH SELECTOR     each with an empty cache: from navigation to the first frame, after `SELECTOR` is there
 *                                  and nothing is loading, with which the main thread has nothing else to do
 *   filters FILE                   [{ typed, filter }] in FILE: from the last key to the frame after as many are there as the
 *                                  server has for that filter
 *   storm SECONDS PATH             scrolls through a list, and tells the main thread's longest tasks
 *   board SECONDS KEY              looks at the board's clock
 * Times are milliseconds; `cpu` is what of it the page's main thread computed.
 */

const READY = (selector: string) => `
  globalThis.readyAt = null
  const look = () => {
    if (!document.querySelector(${JSON.stringify(selector)}) || document.querySelector('.loading')) return
    observer.disconnect()
    requestAnimationFrame(() => requestIdleCallback(() => { readyAt = performance.now() }))
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { subtree: true, childList: true })
`

/** In the page: a time for each answer, from the last key before it to the begin of the frame after the one that has it. */
const TYPED = `
  globalThis.typed = { wanted: null, took: null }
  let key = 0
  addEventListener('keydown', ({ timeStamp }) => { key = timeStamp }, true)
  new MutationObserver(() => {
    const { wanted } = typed
    const text = document.querySelector('.total')?.textContent ?? ''
    if (wanted === null || Number(text.split(' ').at(-1).replaceAll(',', '')) !== wanted) return
    const shown = document.querySelectorAll('.row.body').length
    if (wanted > 0 && shown === 0) return
    const since = key
    typed.wanted = null
    requestAnimationFrame(() => requestAnimationFrame(() => { typed.took = performance.now() - since }))
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
`

/** In the page: when the clock showed another second. */
const CLOCK = `
  globalThis.ticks = []
  let shown = ''
  new MutationObserver(() => {
    const text = document.querySelector('.clock')?.textContent ?? ''
    if (text !== shown && text !== '') ticks.push(Date.now())
    shown = text
  }).observe(document, { subtree: true, childList: true, characterData: true })
`

/** Milliseconds that a page may take for anything; a busy machine is slow. */
const PATIENCE = 120_000

const [access = '', cache = '', what = '', ...words] = process.argv.slice(2)
const { url, key } = JSON.parse(await readFile(access, 'utf8')) as { url: string; key: string }

/** Milliseconds that the page's main thread has computed so far. */
async function mainCpu(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value
}

async function measured(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return session
}

/** Asked by the debugger: the page's policy runs no text as code. */
async function soon<T>(page: Page, expression: string): Promise<NonNullable<T>> {
  for (;;) {
    const value = await page.evaluate<T | null>(expression)
    if (value !== null && value !== undefined) return value
    await sleep(20)
  }
}

/** A browser that is signed in, with nothing in its cache. */
async function signedIn(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: url, locale: 'en-GB' })
  context.setDefaultTimeout(PATIENCE)
  const reply = await context.request.post('/api/v1/session', { data: { key }, headers: { [PAGE_HEADER]: '1' } })
  if (!reply.ok()) throw new Error(`signing in: ${await reply.text()}`)
  return context.newPage()
}

async function first(browser: Browser, rounds: number, path: string, selector: string) {
  const times = []
  for (let round = 0; round < rounds; round++) {
    const page = await signedIn(browser)
    const session = await measured(page)
    await page.addInitScript(READY(selector))
    await page.goto(path, { waitUntil: 'commit' })
    const wall = await soon<number>(page, 'readyAt')
    times.push({ wall, cpu: await mainCpu(session) })
    await page.context().close()
  }
  return times
}

async function filters(browser: Browser, file: string) {
  const asked = JSON.parse(await readFile(file, 'utf8')) as { typed: string; filter: string }[]
  const api = createClient({ baseUrl: url, token: key })
  const page = await signedIn(browser)
  const session = await measured(page)
  await page.goto('/nodes')
  await page.locator('.row.body').first().waitFor()
  const all = await page.locator('.total').textContent()
  await page.evaluate(TYPED)
  const box = page.getByRole('searchbox').first()
  const times = []
  for (const { typed, filter } of asked) {
    const { total } = await api('listNodes', { query: { filter, pageSize: 1 } })
    await box.focus()
    const before = await mainCpu(session)
    await page.evaluate(`typed.took = null; typed.wanted = ${total}`)
    await page.keyboard.type(typed, { delay: 30 })
    const wall = await soon<number>(page, 'typed.took')
    times.push({ wall, cpu: (await mainCpu(session)) - before })
    await box.fill('')
    await page.locator('.total').getByText(all!, { exact: true }).waitFor()
  }
  return times
}

async function storm(browser: Browser, seconds: number, path: string) {
  const page = await signedIn(browser)
  await page.goto(path)
  await page.locator('.row.body').first().waitFor()
  await page.mouse.move(700, 500)
  const tasks = await mainThread(browser, page, async () => {
    const until = performance.now() + seconds * 1000
    for (let turn = 0; performance.now() < until; turn++) {
      await page.mouse.wheel(0, turn % 200 < 150 ? 300 : -900)
      await sleep(50)
    }
  })
  return { ...tasks, loaded: await page.locator('.total').textContent() }
}

async function board(browser: Browser, seconds: number, boardKey: string) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, baseURL: url, locale: 'en-GB' })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  await page.addInitScript(CLOCK)
  await page.goto(`/board#key=${boardKey}`)
  await page.locator('.figures').waitFor()
  await page.evaluate('ticks.length = 0')
  const tasks = await mainThread(browser, page, () => sleep(seconds * 1000))
  const ticks = await page.evaluate<number[]>('ticks')
  const shown = new Set(ticks.map((at) => Math.floor(at / 1000)))
  const [from, to] = [Math.floor(ticks[0]! / 1000), Math.floor(ticks.at(-1)! / 1000)]
  return {
    ...tasks,
    seconds: to - from + 1,
    missed: to - from + 1 - shown.size,
    latest: Math.max(...ticks.map((at) => at % 1000)),
  }
}

const folder = await mkdtemp(join(tmpdir(), 'eims-dashboard-times-'))
const browser = await chromium.launch({
  executablePath: await chromiumProgram(cache, folder),
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  const [one = '', two = '', three = ''] = words
  const told =
    what === 'first'
      ? await first(browser, Number(one), two, three)
      : what === 'filters'
        ? await filters(browser, one)
        : what === 'storm'
          ? await storm(browser, Number(one), two)
          : await board(browser, Number(one), two)
  console.log(JSON.stringify(told))
} finally {
  await browser.close()
  await rm(folder, { recursive: true })
}
