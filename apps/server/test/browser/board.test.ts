import { ProblemError } from '@eims/contracts'
import { until, untilWithin } from '@eims/lab'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, signIn, startBrowser, visit } from './browser.ts'
import { cableTo } from './cable.ts'
import { fillHall, send } from './fleet.ts'

// One promise: a screen on the wall, which holds a key that opens nothing else, shows who needs a person and how far it is,
// and says so when it does not know.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const hall = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await fillHall(hall)

/** Bytes of all that a screen loads, as it comes over the wire. */
const FIRST_LOAD = 120 * 1024

/** What reaches beyond the screen, or has more than it shows; and whether the page could be scrolled. */
const OUTSIDE = `JSON.stringify([...document.querySelectorAll('body *')].flatMap((element) => {
  const { left, top, right, bottom, width } = element.getBoundingClientRect()
  if (width === 0 || element.closest('.hidden, svg')) return []
  const isOut = left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5
  return isOut ? [element.className + ' ' + element.textContent.slice(0, 30)] : []
}).concat(['html', 'body', '#page', '.room'].flatMap((name) => {
  const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.querySelector(name) ?? document.body
  return scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1 ? [name + ' scrolls'] : []
})))`

await t.test('a link signs a screen in, leaves no key behind, and opens nothing else', async (t) => {
  const { key } = await hall.api('addKey', { body: { name: 'screen of lot 32', role: 'board' } })
  const { page, context, wrongs, bytes } = await visit(t, browser, hall, { viewport: { width: 1920, height: 1080 } })
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`/board?batch=lot-2026-32#key=${key}`)
  await page.getByRole('heading', { name: 'lot-2026-32' }).waitFor()
  t.equal(page.url(), `${hall.admin}/board?batch=lot-2026-32`, 'the key is no part of the address any more')
  await page.getByText('edge-0453').waitFor()
  t.ok(bytes() > 30_000 && bytes() <= FIRST_LOAD, `a screen took ${bytes()} bytes`)
  t.notOk(
    asked.some((url) => url.includes('eims_')),
    'no address that was asked for had it',
  )
  await page.goBack().catch(() => null)
  t.notMatch(page.url(), /eims_/)
  await page.goto('/board?batch=lot-2026-32')
  await page.getByText('edge-0453').waitFor()
  t.match(await context.cookies(), [{ name: 'eims', httpOnly: true, sameSite: 'Strict' }])
  const kept = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
  )
  t.notMatch(kept, /eims[_-]/)
  for (const path of ['nodes', 'events', 'overview', 'batches', 'keys'])
    t.equal(await page.evaluate<number>(`fetch('/api/v1/${path}').then(({ status }) => status)`), 403, path)
  await page.goto('/')
  await until(() => new URL(page.url()).pathname === '/board')
  t.pass('the dashboard is not for it')
  await page.getByRole('heading', { name: 'All machines' }).waitFor()

  await hall.api('deleteKey', { params: { id: 'screen of lot 32' } })
  await page.getByText('Signed out').waitFor()
  t.equal(await page.getByText('edge-0453').count(), 0, 'and what was shown is gone')
  t.strictSame(wrongs, [])
})

await t.test('an administrator makes a link on the batch’s page', async (t) => {
  const { page, context, wrongs } = await visit(t, browser, hall)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/batches/lot-2026-31')
  await signIn(page, hall.keys.operator)
  await page.getByRole('link', { name: 'Board' }).waitFor()
  await page.getByRole('button', { name: 'Change' }).waitFor()
  t.equal(await page.getByRole('button', { name: 'Link for a TV' }).count(), 0, 'keys are made by administrators')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await signIn(page, hall.keys.admin)
  await page.getByRole('button', { name: 'Link for a TV' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name of the key').fill('admin')
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  await dialog.getByText('There is a key called admin already').waitFor()
  await dialog.getByLabel('Name of the key').fill('screen lot-2026-31')
  t.strictSame(await findings(page), [], 'a form')
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  t.match(link, /^http:\/\/127\.0\.0\.1:\d+\/board\?batch=lot-2026-31&language=en#key=eims_[\w-]{43}$/)
  await dialog.getByText('put the server’s address').waitFor()
  t.strictSame(await findings(page), [], 'a link')
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await until(async () => (await page.evaluate<string>('navigator.clipboard.readText()')) === link)
  t.match(await hall.api('getKey', { params: { id: 'screen lot-2026-31' } }), { role: 'board', expiresAt: null })
  const screen = await visit(t, browser, hall)
  await screen.page.goto(link)
  await screen.page.getByRole('heading', { name: 'lot-2026-31' }).waitFor()
  await screen.page.getByText('edge-0434').waitFor()
  t.strictSame([...wrongs, ...screen.wrongs], [])
})

await t.test('links that open nothing', async (t) => {
  const ofOperator = () => hall.db.browserSession.count({ where: { key: { name: 'operator' } } })
  const before = await ofOperator()
  const { page, context, wrongs } = await visit(t, browser, hall)
  await page.goto('/board#key=eims_wrong')
  await page.getByText('Signed out').waitFor()
  t.notMatch(page.url(), /eims_/)
  await page.goto(`/board?x#key=${hall.keys.operator}`)
  await page.getByText('This key may do too much').waitFor()
  t.notMatch(page.url(), /eims_/)
  t.strictSame(await context.cookies(), [], 'a key of an operator is not kept')
  t.equal(await ofOperator(), before)
  // In the same page, as whoever mends a link does.
  await page.evaluate(`location.hash = 'key=${hall.keys.board}'`)
  await page.getByRole('heading', { name: 'Needs a person' }).waitFor()
  t.notMatch(page.url(), /eims_/)
  await page.goto('/board?batch=lot-9')
  await page.getByText('There is no such batch').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('who needs a person comes first, live; and a cut cable is shouted', async (t) => {
  const cable = await cableTo(t, hall.admin)
  const { page, wrongs } = await visit(t, browser, cable, { viewport: { width: 1920, height: 1080 } })
  await page.goto(`/board?batch=spares#key=${hall.keys.board}`)
  await page.getByText('3 unknown').waitFor()
  t.equal(await page.locator('.needy > .failed').count(), 0)
  await send(hall, 920, 'failed', 'spares')
  await page.getByText('1 failed', { exact: true }).waitFor()
  const first = page.locator('.needy > li').first()
  t.match(await first.textContent(), /edge-0920.*PF3K\d+.*Failed, since \d\d:\d\d.*Next:/s)
  const figure = (name: string) => page.locator('.figures div', { hasText: name }).locator('dd').textContent()
  t.equal(await figure('failed'), '1')
  await page.getByText('Live', { exact: true }).waitFor()

  cable.cut()
  const shout = page.getByRole('alert')
  await shout.waitFor()
  t.match(await shout.textContent(), /No connection.*since \d\d:\d\d:\d\d/s)
  t.equal(await page.getByText('Live', { exact: true }).count(), 0)
  const clock = await page.locator('.clock').textContent()
  await until(async () => (await page.locator('.clock').textContent()) !== clock)
  t.pass('the clock goes on')
  await send(hall, 921, 'failed', 'spares')
  cable.mend()
  await shout.waitFor({ state: 'detached' })
  await page.getByText('2 failed', { exact: true }).waitFor()
  t.strictSame(wrongs, [])
})

await t.test('slides follow one another until somebody stops them', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall, {
    viewport: { width: 1920, height: 1080 },
    reducedMotion: 'reduce',
  })
  await page.clock.install()
  await page.goto(`/board#key=${hall.keys.board}`)
  const turn = page.locator('.turn')
  await turn.getByText(/^1 of [3-9]/).waitFor()
  const names = await page.locator('.machine-name').allTextContents()
  await page.clock.runFor(12_500)
  await turn.getByText(/^2 of/).waitFor()
  t.notSame(await page.locator('.machine-name').allTextContents(), names)
  await page.keyboard.press(' ')
  await turn.getByRole('button', { name: /^Go on/ }).waitFor()
  await page.clock.runFor(60_000)
  t.match(await turn.textContent(), /^2 of/, 'it stays')
  await page.keyboard.press('ArrowRight')
  await turn.getByText(/^3 of/).waitFor()
  await page.keyboard.press(' ')
  await page.clock.runFor(12_500)
  t.notMatch(await turn.textContent(), /^3 of/)
  const { place, animation } = await page.evaluate<{ place: string; animation: string }>(
    `({ place: document.querySelector('.board').dataset.place, animation: getComputedStyle(document.querySelector('.room > *')).animationName })`,
  )
  t.not(place, '0', 'it moved a little')
  t.equal(animation, 'none', 'and nothing moves for whoever asked for that')
  t.strictSame(wrongs, [])
})

await t.test('nothing scrolls, whatever there is to show, on every screen', async (t) => {
  await hall.api('addBatch', { body: { name: `order-${'x'.repeat(57)}`, expected: 999_999 } })
  const wide = { body: { name: 'n'.repeat(63), serial: `SN${'W'.repeat(60)}`, batch: `order-${'x'.repeat(57)}` } }
  await hall.api('addNode', wide)
  await hall.db.$executeRaw`
    insert into instance (id, node_id, state, desired_state, status, status_indicator)
    select 'i-wide', id, 'FAILED', 'RUNNING', ${JSON.stringify({ code: 'told', slots: { text: 'word '.repeat(200) } })}::jsonb, 'ERROR'
      from node where name = ${wide.body.name}`
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto(`/board#key=${hall.keys.board}`)
  // it has its session
  await page.locator('.needy').waitFor()
  for (const [width, height] of [
    [1920, 1080],
    [3840, 2160],
    [1366, 768],
    [1080, 1920],
  ] as const) {
    await page.setViewportSize({ width, height })
    for (const search of ['', `?batch=${wide.body.batch}`, '?batch=lot-2026-31,lot-2026-32,spares']) {
      await page.goto(`/board${search}`)
      await page.locator('.needy').waitFor()
      const slides = Number(
        /of (\d+)/.exec(
          (await page
            .locator('.turn')
            .textContent()
            .catch(() => '')) ?? '',
        )?.[1] ?? 1,
      )
      for (let slide = 0; slide < slides; slide++) {
        // the board fits itself to its screen after its first frame
        let outside: unknown[] = []
        const fits = async () => {
          outside = JSON.parse(await page.evaluate<string>(OUTSIDE))
          return outside.length === 0
        }
        await untilWithin(() => JSON.stringify(outside), 5000, fits).catch(() => undefined)
        t.strictSame(outside, [], `${width}x${height} ${search} ${slide}`)
        await page.keyboard.press('ArrowRight')
      }
    }
    const letter = await page.evaluate<number>(
      `parseFloat(getComputedStyle(document.querySelector('.figures dt')).fontSize) / innerHeight`,
    )
    if (width > height) t.ok(letter > 0.03, `${width}: the smallest label has ${letter} of the height`)
  }
  await hall.api('deleteNode', { params: { id: wide.body.name } })
  await hall.api('deleteBatch', { params: { id: wide.body.batch } })
  t.strictSame(wrongs, [])
})

await t.test('dark and light, in English and in German, with much and with nothing', async (t) => {
  const empty = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  for (const [theme, locale, none, signedOut] of [
    ['dark', 'en-GB', 'No machine yet', 'Signed out'],
    ['light', 'de-DE', 'Noch kein Gerät', 'Abgemeldet'],
  ] as const) {
    const { page, wrongs } = await visit(t, browser, hall, { locale, viewport: { width: 1920, height: 1080 } })
    await page.goto(`/board?theme=${theme}#key=${hall.keys.board}`)
    await page.locator('.needy').waitFor()
    if (locale === 'de-DE') {
      await page.getByText('Datenträger oder Kabel tauschen').first().waitFor()
      t.match(await page.locator('.machine-reason').first().textContent(), /[äöü]| (der|die|das|nicht) /)
    }
    for (const key of ['', 'ArrowRight', 'ArrowRight', 'ArrowRight']) {
      if (key) await page.keyboard.press(key)
      await until(() => page.evaluate<boolean>('document.getAnimations().length === 0'))
      t.strictSame(await findings(page), [], `${theme}: a slide`)
    }
    await page.context().clearCookies()
    await page.reload()
    await page.getByText(signedOut).waitFor()
    t.strictSame(await findings(page), [], `${theme}: signed out`)
    const other = await visit(t, browser, empty, { locale })
    await other.page.goto(`/board?theme=${theme}#key=${empty.keys.board}`)
    await other.page.getByText(none).waitFor()
    t.strictSame(await findings(other.page), [], `${theme}: nothing`)
    t.strictSame([...wrongs, ...other.wrongs], [])
  }
  await t.rejects(hall.client(hall.admin, hall.keys.board)('listNodes', {}), ProblemError)
})
