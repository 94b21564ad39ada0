import { englishIn, until, untilWithin } from '@eims/lab'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite, type Site } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, flip, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'
import { cableTo } from './cable.ts'
import { fillHall, machineOf, send } from './fleet.ts'

// One promise: a person with a browser and a key sees what is, sees it change, and is kept out of what the key may not do.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

/** Bytes of all that a first page needs, as it comes over the wire. */
const FIRST_LOAD = 250 * 1024

const hall = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await fillHall(hall)

const oneOf = async (site: Site, filter: string) =>
  (await site.api('listNodes', { query: { filter, pageSize: 1 } })).items[0]!

await t.test('signing in, looking, and signing out', async (t) => {
  const { page, context, wrongs, bytes } = await visit(t, browser, hall)
  const failed = await oneOf(hall, 'instance.state = FAILED')

  await page.goto(`/nodes/${failed.id}`)
  await page.getByLabel('Key', { exact: true }).fill('eims_wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This key is unknown, revoked or expired.').waitFor()
  await signIn(page, hall.keys.operator)
  t.ok(bytes() > 100_000 && bytes() <= FIRST_LOAD, `a first page took ${bytes()} bytes`)
  await page.getByRole('heading', { name: failed.name }).waitFor()
  t.pass('the address that was asked for is shown')
  const [cookie] = await context.cookies()
  t.match(cookie, { name: 'eims', httpOnly: true, sameSite: 'Strict' })
  const kept = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
  )
  t.notOk(kept.includes('eims_') || kept.includes('eims-session'), 'scripts see neither key nor session')

  await page.getByRole('link', { name: 'Overview' }).click()
  const tile = page.getByRole('link', { name: /^Running/ })
  await tile.waitFor()
  t.match(await tile.textContent(), '28')
  await page.getByText('Needs a person').waitFor()
  await until(async () => (await page.locator('.needy > li').count()) === 5)

  await tile.click()
  await until(async () => (await page.locator('.row.body').count()) > 0)
  t.equal(await page.locator('.total').textContent(), '28 of 28')
  await page.getByRole('searchbox').fill('edge-0414')
  await until(async () => (await page.locator('.row.body').count()) === 1)
  t.match(page.url(), /\?q=edge-0414&state=running$/, 'the address holds what is looked for')
  await page.getByRole('searchbox').fill('product = ')
  await page.getByText('The filter cannot be read').waitFor()
  await page.getByRole('searchbox').fill('')
  await page.getByRole('radio', { name: /^Failed/ }).check({ force: true })
  await until(async () => (await page.locator('.row.body').count()) === 3)
  await page.getByRole('button', { name: 'Name' }).click()
  await until(async () => (await page.locator('[aria-sort="ascending"]').count()) === 1)
  await page.getByRole('button', { name: 'Columns' }).click()
  await flip(page, 'Product')
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'Product' }).waitFor()

  await page.getByRole('link', { name: failed.name }).click()
  await page.getByRole('heading', { name: failed.name }).waitFor()
  await page.getByText('Next:').first().waitFor()
  await page.getByText('I/O error, dev nvme0n1').waitFor()
  await page.getByRole('searchbox', { name: 'Search the log' }).fill('manifest')
  await until(async () => (await page.locator('.log p').count()) === 1)

  await page.getByRole('link', { name: 'Not booting?' }).click()
  await page.getByLabel('Machine').fill(machineOf(460).mac.toUpperCase())
  await page.keyboard.press('Enter')
  await page.getByText('What to do').waitFor()
  await page.getByText('What never came:').waitFor()

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key', { exact: true }).waitFor()
  t.strictSame(await context.cookies(), [])
  t.equal(await hall.db.browserSession.count(), 0)
  t.strictSame(wrongs, [])
})

await t.test('what happens is seen as it happens, and what happened while the cable was out afterwards', async (t) => {
  const cable = await cableTo(t, hall.admin)
  const { page, wrongs } = await visit(t, browser, cable)
  await page.goto('/nodes?state=working')
  await signIn(page, hall.keys.viewer)
  await until(async () => (await page.locator('.total').textContent()) === '9 of 9')
  await send(hall, 900, 'working', 'spares')
  await page.getByRole('link', { name: 'edge-0900' }).waitFor()
  t.pass('a new machine is in the list')

  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('link', { name: /^Failed\s*3/ }).waitFor()
  cable.cut()
  await page.getByText('No connection to the server.').waitFor()
  await send(hall, 901, 'failed', 'spares')
  t.equal(await page.getByRole('link', { name: 'edge-0901' }).count(), 0)
  cable.mend()
  await page.getByRole('link', { name: /^Failed\s*4/ }).waitFor()
  await page.getByRole('link', { name: 'edge-0901' }).waitFor()
  await page.getByText('No connection to the server.').waitFor({ state: 'detached' })
  t.strictSame(wrongs, [])
})

await t.test('a sum that was taken before the last change is not the last word', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.addInitScript(`
    globalThis.heard = 0
    globalThis.EventSource = class extends EventSource {
      constructor(url) {
        super(url)
        this.addEventListener('node.changed', () => globalThis.heard++)
      }
    }`)
  await page.clock.install()
  await page.goto('/')
  await signIn(page, hall.keys.viewer)
  const held = (count: number) => page.getByRole('link', { name: new RegExp(`^Held\\s*${count}`) })
  await held(2).waitFor()
  const [first, second] = (
    await hall.api('listNodes', { query: { filter: 'batch = spares AND NOT hold:*', pageSize: 2 } })
  ).items.map(({ id }) => id)
  const hold = async (id: string, nth: number) => {
    await hall.api('holdNode', { params: { id }, body: { reason: 'the shelf is full' } })
    await until(async () => (await page.evaluate('heard')) === nth)
  }
  await hold(first!, 1)
  await page.clock.runFor(1500)
  // The server gives everybody the same answer for a second: this is what another browser asked for just before the second.
  const old = await (await page.request.get('/api/v1/overview')).text()
  let asked = 0
  await page.route('**/api/v1/overview', (route) =>
    asked++ === 0 ? route.fulfill({ body: old, contentType: 'application/json' }) : route.continue(),
  )
  await hold(second!, 2)
  await page.clock.runFor(500)
  await until(() => asked === 1)
  // A second of the page is none of the server's.
  await until(async () => (await hall.api('overview', {})).standing.held === 4)
  // The page's time, of which React Query asks as well, goes on only when it is told to.
  await untilWithin(
    () => `four that are held; it asked ${asked} times`,
    60_000,
    async () => {
      await page.clock.runFor(500)
      return (await held(4).count()) === 1
    },
  )
  t.ok(asked > 1, 'it was asked for once more')
  for (const id of [first!, second!]) await hall.api('releaseNode', { params: { id } })
  t.strictSame(wrongs, [])
})

await t.test('a person acts, and the buttons are those of the state and the role', async (t) => {
  const running = await oneOf(hall, 'instance.state = RUNNING')
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto(`/nodes/${running.id}`)
  await signIn(page, hall.keys.operator)
  const names = () => page.getByRole('group', { name: 'Actions' }).getByRole('button').allTextContents()
  await page.getByRole('button', { name: 'Hold' }).click()
  const dialog = page.getByRole('alertdialog')
  t.ok(await dialog.getByRole('button', { name: 'Hold' }).isDisabled(), 'not without a reason')
  await dialog.getByLabel('Reason').fill('the shelf is full')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await until(async () => (await names()).includes('Release'))
  t.strictSame(await names(), ['Release', 'Reprovision'])
  t.equal((await hall.api('getNode', { params: { id: running.id } })).hold, 'the shelf is full')
  const { items } = await hall.api('listAudit', { query: { filter: `subject = ${running.id}`, pageSize: 1 } })
  t.match(items, [{ actor: 'operator', action: 'node.hold', reason: 'the shelf is full' }])

  const other = await visit(t, browser, hall)
  await other.page.goto(`/nodes/${running.id}`)
  await signIn(other.page, hall.keys.viewer)
  await other.page.getByText('Your key may only look').waitFor()
  t.equal(await other.page.getByRole('group', { name: 'Actions' }).count(), 0)
  await other.page.goto('/nodes/nobody')
  await other.page.getByText('There is no such machine').waitFor()
  const revoked = await hall.api('listKeys', { query: { filter: 'name = viewer' } })
  await hall.api('deleteKey', { params: { id: revoked.items[0]!.id } })
  await other.page.getByRole('link', { name: 'Overview' }).click()
  await other.page.getByLabel('Key', { exact: true }).waitFor()
  t.pass('a key that is revoked is asked for anew')
  t.strictSame([...wrongs, ...other.wrongs], [])
})

await t.test('nothing is there, nothing answers, and the keyboard alone', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/')
  await page.getByLabel('Key', { exact: true }).waitFor()
  await page.keyboard.type(site.keys.admin)
  await page.keyboard.press('Enter')
  await page.getByText('No machine yet').waitFor()
  for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key)
  await until(() => new URL(page.url()).pathname === '/nodes')
  await page.getByText('No machine yet').waitFor()
  await page.route('**/api/v1/overview', (route) => route.abort())
  await page.route('**/api/v1/nodes?**', (route) =>
    route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'urn:eims:problem:forbidden',
        code: 'forbidden',
        title: '',
        status: 403,
        detail: 'no',
        remedy: '',
      }),
    }),
  )
  await page.goto('/')
  await page.getByText('The server does not answer').waitFor()
  await page.goto('/nodes')
  await page.getByText('Your key may not see this').waitFor()
  await page.goto('/nodes/nobody/else')
  t.match(wrongs, [/404/], 'an address that no page has is none')
})

await t.test('every page, light and dark, in English and in German, for whoever cannot see or point', async (t) => {
  const failed = await oneOf(hall, 'instance.state = FAILED')
  const working = await oneOf(hall, 'instance.state = PROVISIONING')
  const addresses = [
    '/',
    '/nodes',
    '/nodes?q=nobody-at-all',
    `/nodes/${failed.id}`,
    `/nodes/${working.id}`,
    '/why?machine=edge-0454',
    '/nodes/nobody',
  ]
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, hall, { colorScheme, locale })
    await page.goto('/')
    const key = page.getByLabel(locale === 'en-GB' ? 'Key' : 'Schlüssel', { exact: true })
    await key.waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: signing in`)
    await key.fill(hall.keys.operator)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^(Sign out|Abmelden)$/ }).waitFor()
    for (const address of addresses) {
      await page.goto(address)
      await settled(page)
      t.strictSame(await findings(page), [], `${colorScheme}: ${address}`)
    }
    await page.goto(`/nodes/${failed.id}`)
    await page.getByRole('button', { name: /^(Retry|Wiederholen)$/ }).click()
    await page.getByRole('alertdialog').waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: a question`)
    t.strictSame(wrongs, [])
  }
})

await t.test('in German no English is left of what the server tells of a machine', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall, { locale: 'de-DE' })
  await page.goto('/')
  await signIn(page, hall.keys.operator)
  await page.getByRole('button', { name: 'Abmelden' }).waitFor()
  // a person's words, as they were said in the test before
  const PERSON = 'the shelf is full'
  const said = async (address: string, where: string) => {
    await page.goto(address)
    await page.locator(where).first().waitFor()
    await settled(page)
    const sentences = await page.locator(where).allTextContents()
    for (const each of sentences) t.strictSame(englishIn(each.replace(PERSON, '')), [], `${address}: ${each}`)
    return sentences.join('\n')
  }
  for (const state of ['FAILED', 'PROVISIONING', 'RUNNING']) {
    const { id, name } = await oneOf(hall, `instance.state = ${state}`)
    t.match(await said(`/nodes/${id}`, '.events li > span:last-child'), /der Lauf (hat begonnen|ist gelungen)/)
    await said(`/why?machine=${name}`, '.verdict-text, .remedy li, .two p, .events li > span:last-child')
  }
  t.match(await said(`/why?machine=${machineOf(460).mac}`, '.verdict-text'), /wurde an .* nichts gehört/)
  t.strictSame(wrongs, [])
})

await t.test('how it is served', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const html = { headers: { accept: 'text/html' } }
  for (const path of ['/', '/nodes', '/nodes/any', '/why?machine=x', '/floor', '/floor/codes']) {
    const reply = await fetch(new URL(path, site.admin), html)
    const text = await reply.text()
    t.equal(reply.status, 200, path)
    t.equal(reply.headers.get('cache-control'), 'no-cache', path)
    t.match(
      reply.headers.get('content-security-policy'),
      /^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'/,
    )
    t.notMatch(reply.headers.get('content-security-policy'), /unsafe|https?:|data:/)
    t.notMatch(text, /<style|<script>|style="| on\w+="|https?:/)
    t.equal((await fetch(new URL(path, site.open), html)).status, 404, `machines do not get ${path}`)
  }
  t.match((await fetch(site.admin)).headers.get('content-type'), 'text/plain', 'curl gets what it got')
  const [script = ''] = /\/assets\/[\w-]+\.js/.exec(await (await fetch(site.admin, html)).text()) ?? []
  for (const [encoding, coded] of [
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ] as const) {
    const asset = await fetch(new URL(script, site.admin), { headers: { 'accept-encoding': encoding } })
    t.equal(asset.headers.get('content-encoding'), coded)
    t.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.equal(asset.headers.get('x-content-type-options'), 'nosniff')
    t.match(asset.headers.get('content-type'), /javascript/)
    await asset.bytes()
  }
  t.equal((await fetch(new URL(script, site.open))).status, 404)
  t.equal((await fetch(new URL('/assets/../manifest.json', site.admin))).status, 404)
  t.equal((await fetch(new URL('/nothing', site.admin), html)).status, 404)
})
