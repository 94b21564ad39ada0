import type { ImageFacts, Inventory, SignedLoader } from '@eims/contracts'
import t from 'tap'
import { againstSecureBoot } from '../src/index.ts'

// One promise: a machine gets no OS that its firmware would not start, and none that asks for more than it has.

const path = '\\EFI\\BOOT\\BOOTX64.EFI'
const inventory = (secureBoot: boolean | null, more: Partial<Inventory> = {}): Inventory => ({
  architecture: 'x86_64',
  firmware: 'uefi',
  secureBoot,
  cpuModel: null,
  cpuCount: 1,
  memory: 1,
  biosVendor: null,
  biosVersion: null,
  disks: [],
  nics: [],
  missingFirmware: [],
  ...more,
})
const image = (signatures: SignedLoader['signatures'] | null) => ({
  name: 'debian',
  facts: {
    table: 'gpt',
    sectorSize: 512,
    size: 1,
    usedEnd: 1,
    tail: 0,
    freeEntries: 1,
    hasSeedPartition: false,
    esp: {
      partition: 1,
      loaders: [path],
      ...(signatures ? { signed: [{ path, digest: 'ab'.repeat(32), signatures, fault: null }] } : {}),
    },
    bios: { code: false, partition: null },
    faults: [],
  } satisfies ImageFacts,
})
const unsigned = image([])
const profile = (securityFeature: Parameters<typeof againstSecureBoot>[0]['securityFeature']) => ({
  name: 'kiosk',
  securityFeature,
})
const setup = { setupMode: true, trusted: null, revoked: 0 }
const demands = (has: 'off' | 'setup' | 'none') => ({ code: 'secure-boot-demanded', slots: { profile: 'kiosk', has } })

await t.test('what a profile demands', (t) => {
  for (const feature of ['secure-boot', 'secure-boot-and-full-disk-encryption'] as const) {
    const against = (found: Inventory) => againstSecureBoot(profile(feature), [image(null)], found)
    t.strictSame(against(inventory(false)), demands('off'))
    t.strictSame(against(inventory(false, { secureBootKeys: setup })), demands('setup'))
    t.strictSame(against(inventory(null, { firmware: 'bios' })), demands('none'))
    t.equal(against(inventory(true)), null)
  }
  for (const secureBoot of [true, false, null])
    t.equal(againstSecureBoot(profile('none'), [image(null)], inventory(secureBoot)), null)
  t.equal(againstSecureBoot(profile('secure-boot'), [unsigned], null), null, 'before its first inventory')
  t.end()
})

await t.test('what its firmware would not start', (t) => {
  t.strictSame(againstSecureBoot(profile('none'), [image(null), unsigned], inventory(true)), {
    code: 'secure-boot-refuses',
    slots: { image: 'debian', profile: 'kiosk', why: { code: 'loader-not-signed', slots: { loader: path } } },
  })
  t.equal(againstSecureBoot(profile('none'), [unsigned], inventory(false)), null)
  t.equal(againstSecureBoot(profile('none'), [unsigned], inventory(null, { firmware: 'bios' })), null)
  t.equal(againstSecureBoot(profile('none'), [unsigned], inventory(true, { architecture: 'arm64' })), null)
  t.equal(againstSecureBoot(profile('none'), [{ name: 'archive', facts: null }], inventory(true)), null)
  t.equal(againstSecureBoot(profile('none'), [], inventory(true)), null)
  t.end()
})
