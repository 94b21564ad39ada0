import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { until } from '@eims/lab'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { temporaryFolder } from '../support/databases.ts'
import { closed, type Site } from '../support/site.ts'
import { chromiumProgram } from './chromium.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')
const CACHE = process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims')

/** The dashboard as it is built of these sources, in a folder for `openSite`. */
export async function builtDashboard(t: Test): Promise<string> {
  const out = await temporaryFolder(t)
  await promisify(execFile)(process.execPath, [join(ROOT, 'deploy/dashboard/make.ts'), '--cache', CACHE, '--out', out])
  return join(out, 'web')
}

/** What ends with a test, or a measurement. */
export type Ends = Pick<Test, 'teardown'>

/** Debian's Chromium, which ends with the test. Without one the test fails. */
export async function startBrowser(t: Ends): Promise<Browser> {
  const executablePath = await chromiumProgram(CACHE, await temporaryFolder(t))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  t.teardown(() => closed('Chromium', browser.close()))
  return browser
}

/** What a page did that no page of ours may do: errors, words on the console, requests to other places. */
export interface Watched {
  context: BrowserContext
  page: Page
  wrongs: string[]
  /** compressed bytes that came of the server, but for answers of the REST interface */
  bytes: () => number
}

type Look = Parameters<Browser['newContext']>[0]

/** A browser of somebody, with its own cookies. */
export async function visit(t: Ends, browser: Browser, site: Pick<Site, 'admin'>, look: Look = {}): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    baseURL: site.admin,
    locale: 'en-GB',
    ...look,
  })
  t.teardown(() => closed('a browser’s context', context.close()))
  const page = await context.newPage()
  const wrongs: string[] = []
  let bytes = 0
  page.on('pageerror', (error) => wrongs.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const { url } = message.location()
    // A browser notes each answer of 4xx and a stream that ended; the pages show them in their own words.
    if (message.type() === 'error' && !/\/api\/v1\//.test(url)) wrongs.push(`console: ${message.text()} (${url})`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(site.admin)) wrongs.push(`request: ${request.url()}`)
  })
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  const counted = new Set<string>()
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (!response.url.includes('/api/')) counted.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (counted.has(requestId)) bytes += encodedDataLength
  })
  return { context, page, wrongs, bytes: () => bytes }
}

/** A light page in English, and a dark one in German: what is looked at for whoever cannot see or point. */
export const LOOKS = [
  ['light', 'en-GB'],
  ['dark', 'de-DE'],
] as const

/** Signs in with a key, at the address that is open, in either language. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel(/^(Key|Schlüssel)$/).fill(key)
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click()
  await page.getByRole('button', { name: /^(Sign out|Abmelden)$/ }).waitFor()
}

/** The page has what it shows, and nothing more is on its way. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' })
  await until(async () => (await page.locator('.loading').count()) === 0)
}

/** Ticks a box, or takes its tick away. What is drawn is beside the box itself, and may still be on its way to its place. */
export async function flip(page: Page, name: string): Promise<void> {
  const box = page.getByRole('checkbox', { name })
  const was = await box.isChecked()
  await until(async () => {
    if ((await box.isChecked()) === was) await box.click({ force: true })
    return (await box.isChecked()) !== was
  })
}
