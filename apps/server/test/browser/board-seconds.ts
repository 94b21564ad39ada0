import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { addDefaultProfile, openSite } from '../support/site.ts'
import { builtDashboard, startBrowser, visit } from './browser.ts'

/**
 * Measures a board beside 2,000 machines that change all the time: whether its clock keeps each second, what blocks the
 * page, and what the server takes for it. Nothing is judged here.
 *   usage: tap run apps/server/test/browser/board-seconds.ts
 * EIMS_SECONDS: how long it is looked at; 60 when left out.
 */
const SECONDS = Number(process.env.EIMS_SECONDS ?? 60)
const MACHINES = 2000
/** Machines that change every so many milliseconds. */
const CHANGED = 200
const EVERY = 100

const { fresh } = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

/** When the clock showed another second, and how long the page was blocked, each in milliseconds. */
const WATCH = `
globalThis.seen = { ticks: [], blocked: [] }
new PerformanceObserver((list) => seen.blocked.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: 'longtask', buffered: true })
let shown = ''
new MutationObserver(() => {
  const text = document.querySelector('.clock')?.textContent ?? ''
  if (text !== shown && text !== '') seen.ticks.push(Date.now())
  shown = text
}).observe(document, { subtree: true, childList: true, characterData: true })
`

await t.test('a board of 2,000 machines that change', { timeout: (SECONDS + 120) * 1000 }, async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', { dashboard })
  await addDefaultProfile(site.db)
  await site.api('addBatch', { body: { name: 'lot-7', expected: MACHINES } })
  const rows = Array.from({ length: MACHINES }, (_, each) => `m-${each},SN-${each},lot-7`)
  await site.api('importNodes', {}, { rawBody: `name,serial,batch\n${rows.join('\n')}\n`, contentType: 'text/csv' })
  const reason = JSON.stringify({ code: 'run-timed-out', slots: { seconds: 3600 } })
  await site.db.$executeRaw`
    insert into instance (id, node_id, state, desired_state, status, status_indicator)
    select 'i-' || id, id, 'PROVISIONING', 'RUNNING', ${reason}::jsonb, 'IN_PROGRESS' from node`
  await site.db.$executeRaw`
    insert into run (id, node_id, instance_id, state) select 'r-' || node_id, node_id, id, 'RUNNING' from instance`
  const { page } = await visit(t, browser, site, { viewport: { width: 1920, height: 1080 } })
  await page.addInitScript(WATCH)
  await page.goto(`/board?batch=lot-7#key=${site.keys.board}`)
  await page.locator('.figures').waitFor()
  const until = performance.now() + SECONDS * 1000
  let changed = 0
  while (performance.now() < until) {
    changed += await site.db.$executeRaw`
      update instance set status_at = clock_timestamp(),
             state = (array['PROVISIONING', 'PROVISIONING', 'PROVISIONED', 'RUNNING', 'RUNNING', 'FAILED'])[1 + floor(random() * 6)]
       where id in (select id from instance order by random() limit ${CHANGED})`
    await sleep(EVERY)
  }
  const { ticks, blocked } = await page.evaluate<{ ticks: number[]; blocked: number[] }>('seen')
  const replies = await page.evaluate<number[]>(
    `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/board')).map(({ duration }) => duration)`,
  )
  const late = ticks.slice(1).map((at) => at % 1000)
  const seconds = Math.floor((ticks.at(-1)! - ticks[0]!) / 1000)
  const sorted = (numbers: number[]) => numbers.map((each) => Math.round(each)).sort((a, b) => a - b)
  const at = (numbers: number[], part: number) => sorted(numbers)[Math.floor((numbers.length - 1) * part)]
  t.comment(`${changed} changes of ${MACHINES} machines in ${SECONDS} s`)
  t.comment(
    `${ticks.length - 1} ticks in ${seconds} s; late by ${at(late, 0.5)} ms (median), ${at(late, 1)} ms at most`,
  )
  t.comment(`${blocked.length} long tasks (over 50 ms): ${sorted(blocked).join(', ')} ms`)
  t.comment(`${replies.length} replies in ${at(replies, 0.5)} ms (median), ${at(replies, 0.99)} ms (99 of 100)`)
  const size = await (
    await fetch(`${site.admin}/api/v1/board?batch=lot-7`, { headers: { authorization: `Bearer ${site.keys.board}` } })
  ).bytes()
  t.comment(`a reply has ${size.length} bytes`)
})
