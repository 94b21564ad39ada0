import type { ImageFacts, Inventory } from '@eims/contracts'
import { setImageFacts } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, inventory } from './support/machine.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

// One promise: a machine whose firmware would not start its OS, or that lacks what its profile asks for, waits unwritten and goes on once that is mended.

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const path = '\\EFI\\BOOT\\BOOTX64.EFI'
const facts = (...issuers: string[]): ImageFacts => ({
  table: 'gpt',
  sectorSize: 512,
  size: 4096,
  usedEnd: 4096,
  tail: 0,
  freeEntries: 1,
  hasSeedPartition: false,
  esp: {
    partition: 1,
    loaders: [path],
    signed: [
      {
        path,
        digest: 'ab'.repeat(32),
        signatures: issuers.map((issuer) => ({ ca: 'other', issuer, names: [issuer], whole: true })),
        fault: null,
      },
    ],
  },
  bios: { code: true, partition: 2 },
  faults: [],
})
const enforcing = (...names: string[]): Inventory =>
  inventory({
    secureBoot: true,
    secureBootKeys: {
      setupMode: false,
      trusted: {
        certificates: names.map((name) => ({ ca: 'other', name, fingerprint: 'cd'.repeat(32) })),
        digests: [],
      },
      revoked: 7,
    },
    lockdown: 'integrity',
  })

async function siteWith(image: ImageFacts, more: Parameters<typeof addProfile>[2] = {}): Promise<Site> {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'kiosk', more)
  await setImageFacts(site.db, (await site.api('getImage', { params: { id: 'kiosk-image' } })).id, image)
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'kiosk' } })
  return site
}
const boots = async (site: Site, found: Inventory) => (await bootAgent(site.open, machine, { found })).next()

await t.test('an image that its firmware would not start is not written', async (t) => {
  const site = await siteWith(facts('UEFI CA 2011'))
  t.match(await boots(site, enforcing('UEFI CA 2023')), {
    kind: 'wait',
    reason: {
      code: 'secure-boot-refuses',
      slots: {
        image: 'kiosk-image',
        profile: 'kiosk',
        why: { code: 'loader-not-trusted', slots: { signers: ['UEFI CA 2011'], trusted: ['UEFI CA 2023'] } },
      },
    },
  })
  const node = await site.api('getNode', { params: { id: 'one' } })
  t.match(node, { run: null, instance: null, waiting: { code: 'secure-boot-refuses' } })
  t.match(node.inventory, { lockdown: 'integrity', secureBootKeys: { revoked: 7 } })
  t.match(await bootScript(site.open, machine), /would not start the image kiosk-image/, 'its screen says so, too')
  t.equal(await site.db.run.count(), 0)
  t.match(await boots(site, enforcing('UEFI CA 2023', 'UEFI CA 2011')), { kind: 'action' }, 'once the CA is enrolled')
})

await t.test('switched off, it goes on', async (t) => {
  const site = await siteWith(facts())
  t.match(await boots(site, enforcing('UEFI CA 2023')), {
    kind: 'wait',
    reason: { slots: { why: { code: 'loader-not-signed', slots: { loader: path } } } },
  })
  t.match(await boots(site, inventory({ secureBoot: false })), { kind: 'action' })
})

await t.test('with a profile whose image its firmware starts, it goes on', async (t) => {
  const site = await siteWith(facts())
  t.match(await boots(site, enforcing('UEFI CA 2023')), { kind: 'wait', reason: { code: 'secure-boot-refuses' } })
  await addProfile(site.db, 'signed')
  await setImageFacts(
    site.db,
    (await site.api('getImage', { params: { id: 'signed-image' } })).id,
    facts('UEFI CA 2023'),
  )
  await site.api('patchNode', { params: { id: 'one' }, body: { profile: 'signed' } })
  t.match(await boots(site, enforcing('UEFI CA 2023')), { kind: 'action' })
})

await t.test('an image of an earlier version, and an agent of one, are not held back', async (t) => {
  const { signed: _, ...esp } = facts().esp!
  const older = await siteWith({ ...facts(), esp })
  t.match(await boots(older, enforcing('UEFI CA 2023')), { kind: 'action' })
  const signed = await siteWith(facts('UEFI CA 2011'))
  t.match(await boots(signed, inventory({ secureBoot: true })), { kind: 'action' })
})

await t.test('a profile that asks for Secure Boot', async (t) => {
  const site = await siteWith(facts('UEFI CA 2011'), { securityFeature: 'secure-boot' })
  t.match((await site.api('getProfile', { params: { id: 'kiosk' } })).securityFeature, 'secure-boot')
  const demanded = (has: string) => ({ kind: 'wait', reason: { code: 'secure-boot-demanded', slots: { has } } })
  t.match(await boots(site, inventory({ secureBoot: false })), demanded('off'))
  t.match(await boots(site, inventory({ firmware: 'bios', secureBoot: null })), demanded('none'))
  t.match(await boots(site, enforcing('UEFI CA 2011')), { kind: 'action' }, 'once it is on')
})
