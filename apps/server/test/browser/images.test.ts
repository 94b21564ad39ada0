import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileFingerprint } from '@eims/contracts'
import { until } from '@eims/lab'
import { createImage, setImageFacts, setImageProgress } from '@eims/registry'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDatabases, temporaryFolder } from '../support/databases.ts'
import { bootAgent, inventory } from '../support/machine.ts'
import { MiB, noise, sampleDisk } from '../support/sample-disk.ts'
import { addProfile, DIGEST, openSite, type Site, settled as settledImage } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'
import { cableTo } from './cable.ts'
import { signedFacts } from './shelf.ts'

// One promise: an image file that a person gives the page arrives whole, whatever happens on its way, and the page says what
// became of it.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const open = async (more: Parameters<typeof openSite>[3] = {}) =>
  openSite(t, await databases.fresh(t), 'server-1', { dashboard, ...more })
const site = await open()
const folder = await temporaryFolder(t)

async function fileWith(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** As a person does: the button, then the window of the system. */
async function choose(page: Page, button: string, files: string | string[]): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
  await chooser.setFiles(files)
}

const received = async ({ api }: Pick<Site, 'api'>) => (await api('listUploads', {})).items[0]?.received ?? 0

await t.test('a file comes over a line that breaks and a window that is loaded anew', async (t) => {
  const disk = sampleDisk(60 * MiB)
  noise(2 * MiB, 'middle').copy(disk, 30 * MiB)
  const path = await fileWith('edge node (12).img', disk)
  const cable = await cableTo(t, site.admin)
  const { page, wrongs } = await visit(t, browser, cable)
  const offsets: number[] = []
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(new URL(request.url()).searchParams.get('offset')))
  })
  await page.goto('/images')
  await signIn(page, site.keys.admin)
  await page.getByText('No image yet').waitFor()
  await choose(page, 'Choose files', path)
  t.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'edge-node-12-')
  await page.getByLabel('Name', { exact: true }).fill('edge-12')
  cable.allow(12 * MiB)
  await page.getByRole('button', { name: 'Send it' }).click()
  await page.getByText(/MB\/s · .* left/).waitFor()
  await until(async () => (await received(site)) > 10 * MiB)

  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('link', { name: /^Sending images: \d+ %/ }).waitFor()
  cable.allow(4 * MiB)
  await until(async () => (await received(site)) > 14 * MiB)
  t.pass('it goes on while another page is shown')
  await page.getByRole('link', { name: /^Sending images/ }).click()
  cable.cut()
  await page.getByText('The server does not answer. It tries again by itself.').waitFor()
  cable.mend()
  cable.allow(12 * MiB)

  const asked: string[] = []
  page.on('dialog', (dialog) => {
    asked.push(dialog.type())
    void dialog.accept()
  })
  await until(async () => (await received(site)) > 24 * MiB)
  t.notOk(offsets.slice(1).includes(0), 'nothing is sent twice')
  await page.reload()
  t.strictSame(asked, ['beforeunload'], 'who closes the window is warned')
  await page.getByText('If nobody sends it any more, choose the same file').waitFor()
  const other = await fileWith('other.img', sampleDisk(3 * MiB))
  await choose(page, 'Choose the file: edge-12', other)
  await page.getByText('other.img is another file than the one of which edge-12 is a part.').waitFor()
  // only now: what was on its way when the window was loaded anew is kept as well
  const there = await received(site)
  t.ok(there > 24 * MiB && there < 60 * MiB)
  offsets.length = 0
  await choose(page, 'Choose the file: edge-12', path)
  await page.getByText(/edge-12 goes on at \d+ %/).waitFor()
  cable.allow(Number.POSITIVE_INFINITY)
  const { id } = await until(async () => (await site.api('listImages', {})).items[0])
  t.equal(offsets[0], there)
  const image = await settledImage(site, id)
  t.match(image, {
    name: 'edge-12',
    state: 'ready',
    rawSize: disk.length,
    sourceSha256: createHash('sha256').update(disk).digest('hex'),
  })
  await page.getByRole('link', { name: 'edge-12' }).waitFor()
  await page.getByText('Ready', { exact: true }).waitFor()
  t.equal(await page.getByText('On their way').count(), 0)
  const { items } = await site.api('listAudit', { query: { filter: 'action = image.upload' } })
  t.match(items, [{ actor: 'admin', subjectName: 'edge-12' }])
  t.strictSame(wrongs, [])
})

await t.test('several one after another, with a pause; what the command line began is gone on with', async (t) => {
  const paths = [await fileWith('a.raw', sampleDisk(12 * MiB)), await fileWith('b-arm64.raw', sampleDisk(4 * MiB))]
  const disk = sampleDisk(5 * MiB)
  const third = await fileWith('c.raw', disk)
  const fingerprint = await fileFingerprint(await openAsBlob(third), (await stat(third)).mtimeMs)
  const begun = await site.api('beginUpload', { body: { name: 'begun', size: disk.length, fingerprint } })
  const rawBody = new Uint8Array(disk.subarray(0, MiB))
  await site.api('sendUpload', { params: { id: begun.id }, query: { offset: 0 } }, { rawBody })

  const cable = await cableTo(t, site.admin)
  const { page, wrongs } = await visit(t, browser, cable)
  await page.goto('/images')
  await signIn(page, site.keys.admin)
  await page.getByText('1 MB of 5.2 MB are here').waitFor()
  cable.allow(6 * MiB)
  await choose(page, 'Choose files', paths)
  await page.getByRole('button', { name: 'Send 2 files' }).click()
  await page.getByRole('button', { name: 'Pause: a' }).click()
  await page.getByText('Paused').waitFor()
  cable.allow(Number.POSITIVE_INFINITY)
  await until(async () => (await site.api('listImages', { query: { filter: 'name = b-arm64' } })).items[0])
  t.match((await site.api('getImage', { params: { id: 'b-arm64' } })).architecture, 'arm64', 'as its name says')
  t.equal((await site.api('listImages', { query: { filter: 'name = a' } })).total, 0)
  await page.getByRole('button', { name: 'Go on: a' }).click()
  await until(async () => (await site.api('listImages', { query: { filter: 'name = a' } })).total === 1)

  // What is dropped anywhere on the page is taken like what is chosen.
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.items.add(new File(['nothing like a disk'], 'notes.txt'))
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }`)
  await page.getByRole('button', { name: 'Leave notes.txt out' }).waitFor()
  await choose(page, 'Choose files', third)
  await page.getByText('begun goes on at 20 %.').waitFor()
  await until(async () => (await site.api('listImages', { query: { filter: 'name = begun' } })).total === 1)

  await page.getByRole('button', { name: 'Send it' }).click()
  const row = page.getByRole('row', { name: /notes\.txt/ })
  await row.getByText('Failed').waitFor()
  await row.getByText('Next:').waitFor()
  t.match(await site.api('getImage', { params: { id: 'notes.txt' } }), { state: 'failed' })
  t.strictSame(wrongs, [])
})

await t.test('what cannot be is told: no room, a wrong digest, a taken name', async (t) => {
  const full = await open({ keepFree: 1e12 })
  const { page, wrongs } = await visit(t, browser, full)
  const sent: string[] = []
  page.on('request', (request) => void (request.method() === 'PATCH' && sent.push(request.url())))
  await page.goto('/images')
  await signIn(page, full.keys.admin)
  await choose(page, 'Choose files', await fileWith('large.raw', sampleDisk(4 * MiB)))
  await page.getByRole('button', { name: 'Send it' }).click()
  await page.getByText(/the image file needs 4\.2 MB in .*are kept for the registry/).waitFor()
  t.strictSame(sent, [], 'before the first byte')
  await page.getByRole('button', { name: 'Give up' }).click()
  await page.locator('.dialog').getByRole('button', { name: 'Give up' }).click()
  await page.getByText('large', { exact: true }).waitFor({ state: 'detached' })
  t.strictSame(wrongs, [])

  const { page: second } = await visit(t, browser, site)
  await second.goto('/images')
  await signIn(second, site.keys.admin)
  await choose(second, 'Choose files', await fileWith('checked.raw', sampleDisk(4 * MiB)))
  await second.locator('summary').click()
  await second.getByLabel('SHA-256 of the file').fill('a'.repeat(64))
  await second.getByRole('button', { name: 'Send it' }).click()
  await second
    .getByRole('row', { name: /checked/ })
    .getByText(/publisher gives aaaa/)
    .waitFor()
  await second.getByRole('button', { name: 'Add by address' }).click()
  const dialog = second.locator('.dialog')
  await dialog.getByLabel('Address').fill('https://images.example/debian-12.raw.xz?signature=1')
  t.equal(await dialog.getByLabel('Name').inputValue(), 'debian-12')
  await dialog.getByRole('button', { name: 'Add by address' }).click()
  await dialog.getByText('is needed with url').first().waitFor()
  await dialog.getByLabel('SHA-256 of the file').fill('b'.repeat(64))
  await dialog.getByLabel('Name').fill('edge-12')
  await dialog.getByRole('button', { name: 'Add by address' }).click()
  await dialog.getByText('called edge-12 already').waitFor()
})

await t.test('what becomes of an image: its conversion, its K3s, its end', async (t) => {
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/images')
  await signIn(page, site.keys.admin)
  const elsewhere = await createImage(site.db, {
    name: 'half',
    architecture: 'x86_64',
    format: 'raw',
    serverId: 'server-2',
  })
  await setImageProgress(site.db, elsewhere.id, 0.42)
  await page.getByText('42 % converted').waitFor()
  await setImageProgress(site.db, elsewhere.id, 0.77)
  await page.getByText('77 % converted').waitFor()
  await page.getByRole('link', { name: 'half' }).click()
  await page.getByRole('button', { name: 'Cancel the conversion' }).click()
  const dialog = page.locator('.dialog')
  await dialog.getByRole('button', { name: 'Cancel the conversion' }).click()
  await dialog.getByText(/another server/).waitFor()
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('half is deleted').waitFor()

  await page.getByRole('link', { name: 'edge-12' }).click()
  await page.getByText('no boot code', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Say its K3s' }).click()
  await dialog.getByLabel('Version').fill('1.33')
  await dialog.getByRole('button', { name: 'Say its K3s' }).click()
  await dialog
    .getByText(/must be a version such as/)
    .first()
    .waitFor()
  await dialog.getByLabel('Version').fill('v1.33.5+k3s1')
  await dialog.getByRole('button', { name: 'Say its K3s' }).click()
  await page.getByText('K3s v1.33.5+k3s1').waitFor()
  t.equal((await site.api('getImage', { params: { id: 'edge-12' } })).k3sVersion, 'v1.33.5+k3s1')
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(async () => (await site.api('getImage', { params: { id: 'edge-12' } })).k3sVersion === null)

  await site.api('addProfile', { body: { name: 'store', image: 'edge-12' } })
  await page.getByRole('main').getByRole('link', { name: 'store' }).waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByText('A profile has it.').waitFor()
  t.ok(await dialog.getByRole('button', { name: 'Delete' }).isDisabled())
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await site.api('deleteProfile', { params: { id: 'store' } })
  await page.getByText('No profile has it.').waitFor()
  // As if somebody else had changed it just before.
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.route('**/api/v1/images/*', async (route) => {
    await route.continue({ headers: { ...route.request().headers(), 'if-match': '"of before"' } })
  })
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Somebody changed it meanwhile.').waitFor()
  await dialog.waitFor({ state: 'detached' })
  await page.unroute('**/api/v1/images/*')
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('edge-12 is deleted').waitFor()
  t.equal((await site.api('listImages', { query: { filter: 'name = edge-12' } })).total, 0)

  await page.getByRole('button', { name: 'Make room' }).click()
  await dialog.getByText(/Failed images that go: checked, notes\.txt/).waitFor()
  await dialog.getByRole('button', { name: 'Make room' }).click()
  await until(async () => (await site.api('listImages', { query: { filter: 'state = failed' } })).total === 0)
  await page.goto('/images/nobody')
  await page.getByText('There is no such image').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('who signed an image, what a machine trusts, and that it waits for the one of the other', async (t) => {
  await addProfile(site.db, 'signed', { securityFeature: 'secure-boot' })
  const { id } = await site.api('getImage', { params: { id: 'signed-image' } })
  await setImageFacts(site.db, id, signedFacts)
  await site.api('addNode', { body: { name: 'new-one', serial: 'SN-9', profile: 'signed' } })
  const found = inventory({
    secureBoot: true,
    secureBootKeys: {
      setupMode: false,
      trusted: {
        certificates: [{ ca: 'microsoft-uefi-ca-2023', name: 'Microsoft UEFI CA 2023', fingerprint: DIGEST }],
        digests: [],
      },
      revoked: 431,
    },
    lockdown: 'integrity',
  })
  await (await bootAgent(site.open, { serial: 'SN-9', mac: '52:54:00:aa:00:09' }, { found })).next()
  for (const [locale, ...texts] of [
    [
      'en-GB',
      'Microsoft’s UEFI CA of 2011',
      'Microsoft’s UEFI CA of 2023',
      '431 entries',
      /would not start the image signed-image/,
    ],
    [
      'de-DE',
      'Microsofts UEFI-CA von 2011',
      'Microsofts UEFI-CA von 2023',
      '431 Einträge',
      /würde Abbild signed-image .* nicht starten/,
    ],
  ] as const) {
    const { page, wrongs } = await visit(t, browser, site, { locale })
    await page.goto('/images/signed-image')
    await signIn(page, site.keys.viewer)
    await page.getByText(texts[0], { exact: true }).waitFor()
    await page.goto('/nodes/new-one')
    for (const text of texts.slice(1))
      await page
        .getByText(text, { exact: typeof text === 'string' })
        .first()
        .waitFor()
    t.strictSame(await findings(page), [], locale)
    t.strictSame(wrongs, [])
  }
})

await t.test('who may only look, and who cannot see or point', async (t) => {
  await addProfile(site.db, 'debian')
  await site.api('beginUpload', { body: { name: 'left-behind', size: 9 * MiB, fingerprint: 'f' } })
  const viewer = await visit(t, browser, site)
  await viewer.page.goto('/images')
  await signIn(viewer.page, site.keys.viewer)
  await viewer.page.getByText('0 bytes of 9.4 MB').waitFor()
  t.strictSame(await viewer.page.getByRole('main').getByRole('button').allTextContents(), [])
  await viewer.page.goto('/images/debian-image')
  await settled(viewer.page)
  t.equal(await viewer.page.getByRole('group', { name: 'Actions' }).count(), 0)
  await viewer.page.route('**/api/v1/images?**', (route) => route.abort())
  await viewer.page.goto('/images')
  await viewer.page.getByText('The server does not answer').waitFor()

  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, site, { colorScheme, locale })
    await page.goto('/images')
    await signIn(page, site.keys.admin)
    await page.getByText('left-behind').waitFor()
    await choose(page, locale === 'en-GB' ? 'Choose files' : 'Dateien wählen', await fileWith('d.raw', sampleDisk()))
    await page.getByText('d.raw').waitFor()
    await page.locator('summary').click()
    t.strictSame(await findings(page), [], `${colorScheme}: the list`)
    await page.getByRole('button', { name: /^(Add by address|Über Adresse hinzufügen)$/ }).click()
    await page.locator('.dialog').waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: by address`)
    await page.goto('/images/debian-image')
    await settled(page)
    t.strictSame(await findings(page), [], `${colorScheme}: one`)
    t.strictSame(wrongs, [])
  }
})
