import { sha512Crypt } from '@eims/edge-config'
import { until } from '@eims/lab'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'

// One promise: an administrator sets the site up, lets people in and out, and reads who did what; others see what they may.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const YESCRYPT = '$y$j9T$pkv4nVUgQSjFrS1u5ZRF8.$SVXRl7yJ8bFtXHtVeVQlNRsYTgZlwx0bJZEmVWyYYZ4'
const SSH_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEuz3yD3CkGmC1YF3kR6v8VqQYJ8m4zj2T5xw0aS1dEb marta@laptop'

await t.test('settings are changed together, told where they are wrong, and taken back', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/site')
  await signIn(page, site.keys.admin)
  await page.getByLabel('Name of the site').fill('bench 7!')
  await page.getByLabel('NTP servers').fill('ntp.bench\n10.0.0.1')
  await page.getByRole('button', { name: /A machine that nobody registered/ }).click()
  await page.getByRole('option', { name: 'is sent away: it boots from its disk' }).click()
  await page.getByText('3 changes are not saved.').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.field .wrong').first().waitFor()
  t.notMatch(await site.api('getSite', {}), { ntpServers: ['ntp.bench'] }, 'a half of it is not saved')
  t.equal(await page.getByLabel('Name of the site').inputValue(), 'bench 7!', 'nothing typed is lost')
  await page.getByLabel('Name of the site').fill('bench-7')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The settings are saved.').waitFor()
  t.match(await site.api('getSite', {}), {
    name: 'bench-7',
    ntpServers: ['ntp.bench', '10.0.0.1'],
    unknownPolicy: 'refuse',
  })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone.').waitFor()
  t.match(await site.api('getSite', {}), { ntpServers: [], unknownPolicy: null })
  await until(async () => (await page.getByLabel('NTP servers').inputValue()) === '')

  await page.getByLabel('NTP servers').fill('ntp.bench')
  await site.api('patchSite', { body: { unregisteredLimit: 7 } })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Somebody changed the settings meanwhile.').waitFor()
  await page.getByRole('button', { name: 'Read anew' }).click()
  await until(async () => (await page.getByLabel('Unknown machines, at most').inputValue()) === '7')
  t.strictSame((await site.api('getSite', {})).ntpServers, [], 'nobody’s change is written over')

  const other = await visit(t, browser, site)
  await other.page.goto('/site')
  await signIn(other.page, site.keys.operator)
  await other.page.getByText('Only an administrator’s key may change these.').waitFor()
  t.ok(await other.page.getByLabel('NTP servers').isDisabled())
  t.strictSame([...wrongs, ...other.wrongs], [])
})

await t.test('a key is made, shown once, and revoked', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { context, page, wrongs } = await visit(t, browser, site)
  await page.goto('/keys')
  await signIn(page, site.keys.admin)
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Name').fill('viewer')
  await page.getByRole('alertdialog').getByRole('button', { name: 'New key' }).click()
  await page.getByRole('alertdialog').getByRole('alert').waitFor()
  await page.getByLabel('Name').fill('Marta')
  await page.getByRole('alertdialog').getByRole('button', { name: 'New key' }).click()
  const text = (await page.locator('.secret').textContent()) ?? ''
  t.match(text, /^eims_/)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByText('The key is copied.').waitFor()
  t.equal(await page.evaluate('navigator.clipboard.readText()'), text)
  // As over plain HTTP from another machine, where a page has none.
  await page.evaluate(`Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })`)
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByText('The browser did not let it be copied.').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('cell', { name: 'Marta' }).waitFor()
  t.equal((await page.content()).includes(text), false, 'it is not shown again')
  const martas = await visit(t, browser, site)
  await martas.page.goto('/')
  await signIn(martas.page, text)
  await martas.page.goto('/keys')
  await martas.page.getByText('Your key may not see this').waitFor()

  await page.getByRole('row', { name: /Marta/ }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('The key of Marta is revoked.').waitFor()
  t.equal(await page.getByRole('cell', { name: 'Marta' }).count(), 0)
  await page.getByText('Show those that open nothing any more').click()
  await page.getByRole('cell', { name: 'Marta' }).waitFor()
  await martas.page.goto('/')
  await martas.page.getByLabel('Key', { exact: true }).waitFor()
  t.strictSame([...wrongs, ...martas.wrongs], [])
})

await t.test('accounts come, change and go, and what was done is on record', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/accounts')
  await signIn(page, site.keys.admin)
  await page.getByText('No account yet').waitFor()
  await page.getByRole('button', { name: 'New account' }).click()
  const dialog = page.getByRole('alertdialog')
  await dialog.getByLabel('Name', { exact: true }).fill('edge')
  await dialog.getByLabel('User name').fill('operator')
  await dialog.getByLabel('SSH keys').fill(`${SSH_KEY}\nnot a key`)
  await dialog.getByRole('button', { name: 'New account' }).click()
  await dialog
    .getByText(/is an account or group that the OS itself brings along/)
    .first()
    .waitFor()
  await dialog.getByText(/^2: /).waitFor()
  await dialog.getByLabel('User name').fill('edge')
  await dialog.getByLabel('SSH keys').fill(SSH_KEY)
  await dialog.getByRole('button', { name: 'New account' }).click()
  await page.getByText('edge is saved.').waitFor()
  await page.getByText('marta@laptop').waitFor()

  await page.getByRole('button', { name: 'Change' }).click()
  await until(async () => (await dialog.getByLabel('User name').inputValue()) === 'edge')
  await dialog.getByLabel('User name').fill('maria')
  await dialog.getByRole('button', { name: 'Change' }).click()
  await page.getByRole('cell', { name: 'maria' }).waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No account yet').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('cell', { name: 'maria' }).waitFor()
  t.match(await site.api('listAccounts', {}), { items: [{ name: 'edge', userName: 'maria', sshKeys: [SSH_KEY] }] })

  await page.getByRole('link', { name: 'Audit' }).click()
  await page.getByText('account.replace').click()
  await page.getByRole('rowheader', { name: 'userName' }).waitFor()
  await page.getByRole('searchbox').fill('action = account.delete')
  await until(async () => (await page.locator('.rows > table > tbody > tr').count()) === 1)
  await page.getByRole('searchbox').fill('action = ')
  await page.getByText('The filter cannot be read').waitFor()
  await page.getByRole('searchbox').fill('nobody at all')
  await page.getByText('No entry fits').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('of an account’s password only the hash leaves the page', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { page, wrongs } = await visit(t, browser, site)
  const stored = async () => (await site.db.account.findFirstOrThrow({ where: { name: 'edge' } })).passwordHash ?? ''
  const sent: string[] = []
  page.on('request', (request) => void sent.push(request.postData() ?? ''))
  await page.goto('/accounts')
  await signIn(page, site.keys.admin)
  await page.getByRole('button', { name: 'New account' }).click()
  const dialog = page.locator('.modal').getByRole('alertdialog')
  await dialog.getByLabel('Name', { exact: true }).fill('edge')
  await dialog.getByLabel('User name').fill('edge')
  const password = dialog.getByLabel('Password')
  t.strictSame(
    [await password.getAttribute('type'), await password.getAttribute('autocomplete')],
    ['password', 'new-password'],
    'no browser fills in the key that it knows',
  )
  await password.fill('open sesame')
  await dialog.getByRole('button', { name: 'New account' }).click()
  await page.getByText('edge is saved.').waitFor()
  const hash = await stored()
  t.equal(hash, sha512Crypt('open sesame', hash.split('$')[2]!))
  t.notOk(sent.some((body) => body.includes('open sesame')))
  const change = async (to: string) => {
    await page.getByRole('button', { name: 'Change' }).click()
    await until(async () => (await dialog.getByLabel('User name').inputValue()) === 'edge')
    await password.fill(to)
    await dialog.getByRole('button', { name: 'Change' }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await change('')
  t.equal(await stored(), hash, 'left empty, it stays')
  await change(` ${YESCRYPT} `)
  t.equal(await stored(), YESCRYPT, 'a hash is taken as it is')
  t.strictSame(wrongs, [])
})

await t.test('for whoever cannot see or point', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  await site.api('addAccount', { body: { name: 'edge', userName: 'edge', sshKeys: [SSH_KEY] } })
  await site.api('patchSite', {
    body: { bootFiles: [{ product: 'NUC*', file: 'snponly.efi' }], importColumns: { SN: 'Serial' } },
  })
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, site, { colorScheme, locale })
    await page.goto('/')
    await signIn(page, site.keys.admin)
    for (const address of ['/site', '/keys', '/accounts', '/audit']) {
      await page.goto(address)
      await settled(page)
      t.strictSame(await findings(page), [], `${colorScheme}: ${address}`)
    }
    t.strictSame(wrongs, [])
  }
})
