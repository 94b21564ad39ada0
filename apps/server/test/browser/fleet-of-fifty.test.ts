import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Standing } from '@eims/contracts'
import { untilWithin } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDatabases, temporaryFolder } from '../support/databases.ts'
import { MiB, sampleDisk } from '../support/sample-disk.ts'
import { SimulatedMachine } from '../support/simulated-machine.ts'
import { closed, openSite, settled } from '../support/site.ts'
import { builtDashboard, signIn, startBrowser, visit } from './browser.ts'

// One promise: of a fleet of fifty, whose machines run the agent's own code, somebody at a browser sees each come to its
// OS, and brings those there that need a person: one whose disk failed, one that nobody registered, and one of two boards
// with the same serial. In the end the page says what the registry holds.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

const FLEET = 50
/** Milliseconds that anything may take that is waited for: less than tap gives this file, which would not say what for. */
const PATIENCE = 800 * Number(process.env.TAP_TIMEOUT ?? 120)
/** What stands in the firmware of two machines alike. */
const BOARD = 'BOARD-REV-B'
const [BAD, STRANGER, FIRST_BOARD, SECOND_BOARD] = [0, 47, 48, 49]

const two = (number: number) => String(number).padStart(2, '0')
const nameOf = (number: number) => `edge-${two(number)}`
const macOf = (number: number) => `52:54:00:50:00:${number.toString(16).padStart(2, '0')}`
const serialOf = (number: number) => (number >= FIRST_BOARD ? BOARD : `SN-50-${two(number)}`)

/** What everybody waits at until it is opened. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

/** The number on a tile of the overview. */
const tile = async (page: Page, word: string) =>
  Number(
    await page
      .getByRole('link', { name: new RegExp(`^${word}`) })
      .locator('.figure')
      .textContent(),
  )
await t.test('from the first boot to RUNNING, before somebody’s eyes', async (t) => {
  const registry = await databases.fresh(t)
  const site = await openSite(t, registry, 'server-1', { dashboard })
  const { api } = site
  const path = join(site.dataDir, 'os.raw')
  // Two frames of 4 MiB, with something in the boot sector that a BIOS would start.
  const disk = sampleDisk(5 * MiB)
  disk.writeUInt8(0xfa, 0)
  writeFileSync(path, disk)
  const { id } = await api('addImage', { body: { name: 'os', path } })
  const image = await settled(site, id)
  t.match(image, { state: 'ready' })
  await api('addProfile', { body: { name: 'edge', image: 'os' } })
  await api('patchSite', { body: { defaultProfile: 'edge', unknownPolicy: 'hold' } })
  await api('addBatch', { body: { name: 'lot-50', expected: FLEET - 1 } })
  for (let number = 0; number < FLEET; number++) {
    if (number === STRANGER) continue
    const serial = number === SECOND_BOARD ? {} : { serial: serialOf(number) }
    await api('addNode', { body: { name: nameOf(number), macs: [macOf(number)], batch: 'lot-50', ...serial } })
  }

  // The manifest, and then two frames: a fleet that is switched on at once fills the network.
  const [first, second] = [gate(), gate()]
  const turn = (nth: number) => (nth === 2 ? first.passed : nth === 3 ? second.passed : Promise.resolve())
  const folder = await temporaryFolder(t)
  const over = new AbortController()
  const machines = Array.from({ length: FLEET }, (_, number) => {
    const hardware = {
      serial: serialOf(number),
      mac: macOf(number),
      manufacturer: 'Supermicro',
      product: 'SYS-E100-13AD',
    }
    return new SimulatedMachine(join(folder, nameOf(number)), hardware, turn)
  })
  /** What they are at, each with its machines. */
  const fleetSays = () =>
    Object.entries(Object.groupBy(machines, ({ doing }) => doing))
      .map(([doing, some = []]) => `${some.map((machine) => nameOf(machines.indexOf(machine))).join(' ')} ${doing}`)
      .join('; ')
  // Whoever waits hears at once of a machine that breaks down: nothing would come any more.
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {})
  const soon = <T>(what: () => string, ask: () => Promise<T> | T) =>
    Promise.race([untilWithin(() => `${what()}. ${fleetSays()}`, PATIENCE, ask), broken.promise])
  const tileSays = (page: Page, word: string, count: number) => {
    let says = Number.NaN
    return soon(
      () => `${count} ${word} on the overview, which says ${says}`,
      async () => {
        says = await tile(page, word)
        return says === count
      },
    )
  }

  const look = async (path: string, key: string) => {
    const visited = await visit(t, browser, site)
    visited.page.setDefaultTimeout(PATIENCE)
    await visited.page.goto(path)
    await signIn(visited.page, key)
    return visited
  }
  const wall = await look('/', site.keys.viewer)
  await tileSays(wall.page, 'Waiting', FLEET - 1)
  const list = await look('/nodes?batch=lot-50&orderBy=name', site.keys.operator)
  await list.page.getByText('49 of 49', { exact: true }).waitFor()
  for (const { page } of [wall, list]) await page.evaluate('globalThis.stays = "as it was loaded"')

  const lives = machines.map((machine) =>
    machine.live(site.open, over.signal).catch((error: Error) => {
      broken.reject(new Error(`${machine.hardware.mac}, which ${machine.doing}: ${error.message}`))
    }),
  )
  t.teardown(() => {
    over.abort(new Error('the test is over'))
    for (const { open } of [first, second]) open()
    return closed('the fleet', Promise.all(lives))
  })

  await tileSays(wall.page, 'Working', FLEET - 2)
  await tileSays(wall.page, 'Unknown', 1)
  await tileSays(wall.page, 'Waiting', 1)
  t.pass('who is at work, who is not known and who waits is seen without a reload')
  const writes = list.page.getByRole('row', { name: /edge-02/ }).getByRole('progressbar', { name: 'write-image' })
  const percent = async () => Number(await writes.getAttribute('value'))
  await writes.waitFor()
  const before = await percent()
  first.open()
  await soon(
    () => `more than ${before} % of edge-02 in the list`,
    async () => (await percent()) > before,
  )
  t.ok((await percent()) < 100, 'a row shows how far its machine is')
  machines[BAD]!.isDiskBad = true
  second.open()

  await tileSays(wall.page, 'Running', FLEET - 3)
  await tileSays(wall.page, 'Failed', 1)
  await list.page.getByRole('row', { name: /edge-02.*Running/ }).waitFor()
  await list.page.getByRole('row', { name: /edge-00.*Failed.*Change the disk or its cable/ }).waitFor()

  await t.test('one whose disk failed gets another and is retried', async (t) => {
    const { page } = list
    await page.getByRole('link', { name: nameOf(BAD) }).click()
    await page.getByRole('heading', { name: nameOf(BAD) }).waitFor()
    machines[BAD]!.isDiskBad = false
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Retry' }).click()
    await page.locator('.node-title .standing.running').waitFor()
    const { attempts } = (await api('getNode', { params: { id: nameOf(BAD) } })).run!.actions.find(
      ({ name }) => name === 'write-image',
    )!
    t.equal(attempts, 2)
    await tileSays(wall.page, 'Failed', 0)
  })

  await t.test('one that nobody registered is adopted', async (t) => {
    const { page } = list
    const { id: stranger } = await api('getNode', { params: { id: macOf(STRANGER) } })
    await page.goto(`/nodes/${stranger}`)
    await page.getByText('Adopt it, or register it by its serial.').waitFor()
    await page.getByRole('button', { name: 'Adopt' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('Name').fill(nameOf(1))
    await dialog.getByRole('button', { name: 'Adopt' }).click()
    await dialog.getByText('There is a node called edge-01 already.').waitFor()
    await dialog.getByLabel('Name').fill(nameOf(STRANGER))
    await dialog.getByRole('button', { name: 'Adopt' }).click()
    await page.getByRole('heading', { name: nameOf(STRANGER) }).waitFor()
    await page.locator('.node-title .standing.running').waitFor()
    t.equal(await page.getByRole('button', { name: 'Adopt' }).count(), 0)
    const { items } = await api('listAudit', { query: { filter: `subject = ${stranger} AND action = node.adopt` } })
    t.match(items, [{ actor: 'operator', subjectName: nameOf(STRANGER) }])
  })

  await t.test('two boards with one serial are told apart', async (t) => {
    const { page, wrongs } = await look(`/why?machine=${macOf(SECOND_BOARD)}`, site.keys.admin)
    await page.getByText('Waits for a person').waitFor()
    await page
      .getByText(new RegExp(`${BOARD}.*${nameOf(FIRST_BOARD)}`))
      .first()
      .waitFor()
    await page.getByRole('link', { name: /^Unknown\s*1 to decide$/ }).click()
    const conflict = page.getByRole('article', { name: `Machine ${BOARD}` })
    await conflict.waitFor()
    const said = (kind: string) => conflict.getByRole('row', { name: new RegExp(`^${kind}`) }).getByRole('cell')
    t.strictSame(await said('Serial').allTextContents(), [BOARD, `${BOARD}same`, 'not on record'])
    t.strictSame(await said('MAC').allTextContents(), [
      macOf(SECOND_BOARD),
      macOf(FIRST_BOARD),
      `${macOf(SECOND_BOARD)}same`,
    ])
    await conflict
      .getByRole('listitem')
      .filter({ hasText: `It is ${nameOf(SECOND_BOARD)}: ${BOARD} stands in several boards` })
      .getByRole('button', { name: 'They share it' })
      .click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText(`${nameOf(FIRST_BOARD)} is known by what else is on its record`).waitFor()
    await dialog.getByRole('button', { name: 'They share it' }).click()
    await page.getByText(`${BOARD} identifies none from now on.`).waitFor()
    await conflict.waitFor({ state: 'detached' })
    await page.goto(`/nodes/${(await api('getNode', { params: { id: nameOf(SECOND_BOARD) } })).id}`)
    await page.locator('.node-title .standing.running').waitFor()
    t.strictSame((await api('getSite', {})).sharedIdentifiers, [BOARD])
    const [one, other] = await Promise.all(
      [FIRST_BOARD, SECOND_BOARD].map((number) => api('getNode', { params: { id: nameOf(number) } })),
    )
    t.strictSame([one?.macs, other?.macs], [[macOf(FIRST_BOARD)], [macOf(SECOND_BOARD)]], 'each is itself')
    t.strictSame(wrongs, [])
  })

  await soon(
    () => 'every machine to run its OS',
    () => machines.every(({ doing }) => doing === 'runs its OS'),
  )
  await tileSays(wall.page, 'Running', FLEET)
  const shown = await Promise.all(
    Standing.options.map((each) => tile(wall.page, `${each.charAt(0).toUpperCase()}${each.slice(1)}`)),
  )
  const held = await registry.db.$queryRaw<{ state: string; count: number }[]>`
    select i.state, count(*)::int as count from node n left join instance i on i.node_id = n.id and i.ended_at is null group by 1`
  t.strictSame(held, [{ state: 'RUNNING', count: FLEET }])
  t.strictSame(
    shown,
    Standing.options.map((each) => (each === 'running' ? FLEET : 0)),
    'every number is the registry’s',
  )
  t.match(await wall.page.locator('.headline').textContent(), /^50 machines/)
  await wall.page.getByText('49 of 49').waitFor()
  await wall.page.getByText('Nothing needs you at the moment.').waitFor()
  t.equal(await wall.page.evaluate('globalThis.stays'), 'as it was loaded', 'and nobody loaded it again')
  t.strictSame([...wall.wrongs, ...list.wrongs], [])
})
