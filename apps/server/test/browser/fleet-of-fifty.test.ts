import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Standing } from '@eims/contracts'
import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDatabases, temporaryFolder } from '../support/databases.ts'
import { MiB, sampleDisk } from '../support/sample-disk.ts'
import { SimulatedMachine } from '../support/simulated-machine.ts'
import { openSite, settled } from '../support/site.ts'
import { builtDashboard, signIn, startBrowser, visit } from './browser.ts'

// One promise: of a fleet of fifty, whose machines run the agent's own code, somebody at a browser sees each come to its
// OS, and brings those there that need a person; in the end the page says what the registry holds.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

const FLEET = 50
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
const tileSays = (page: Page, word: string, count: number) => until(async () => (await tile(page, word)) === count)

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

  const wall = await visit(t, browser, site)
  await wall.page.goto('/')
  await signIn(wall.page, site.keys.viewer)
  await tileSays(wall.page, 'Waiting', FLEET - 1)
  const list = await visit(t, browser, site)
  await list.page.goto('/nodes?batch=lot-50&orderBy=name')
  await signIn(list.page, site.keys.operator)
  await until(async () => (await list.page.locator('.total').textContent()) === '49 of 49')
  for (const { page } of [wall, list]) await page.evaluate('globalThis.stays = "as it was loaded"')

  // The manifest, and then two frames: a fleet that is switched on at once fills the network.
  const [first, second] = [gate(), gate()]
  const turn = (nth: number) => (nth === 2 ? first.passed : nth === 3 ? second.passed : Promise.resolve())
  const folder = await temporaryFolder(t)
  const over = new AbortController()
  t.teardown(() => over.abort(new Error('the test is over')))
  const machines = Array.from({ length: FLEET }, (_, number) => {
    const hardware = {
      serial: serialOf(number),
      mac: macOf(number),
      manufacturer: 'Supermicro',
      product: 'SYS-E100-13AD',
    }
    return new SimulatedMachine(join(folder, nameOf(number)), hardware, turn)
  })
  const lives = machines.map((machine) => machine.live(site.open, over.signal))
  const fleet = Promise.all(lives)
  fleet.catch((error: unknown) => {
    if (!over.signal.aborted) t.fail(String(error))
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
  await until(async () => (await percent()) > before)
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

  await t.test('two with one serial are told apart when the site says that it identifies none', async (t) => {
    const office = await visit(t, browser, site)
    const { page } = office
    await page.goto(`/why?machine=${macOf(SECOND_BOARD)}`)
    await signIn(page, site.keys.admin)
    await page.getByText('Waits for a person').waitFor()
    await page
      .getByText(new RegExp(`${BOARD}.*${nameOf(FIRST_BOARD)}`))
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByLabel('Serials and UUIDs that identify none').fill(BOARD)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The settings are saved.').waitFor()
    await page.goto(`/nodes/${(await api('getNode', { params: { id: nameOf(SECOND_BOARD) } })).id}`)
    await page.locator('.node-title .standing.running').waitFor()
    t.strictSame(office.wrongs, [])
  })

  await fleet
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
