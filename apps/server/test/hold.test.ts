import type { Disk, Image, Profile } from '@eims/contracts'
import t from 'tap'
import { type Prospect, whyHeld } from '../src/engine/hold.ts'

const profile = { name: 'standard', architecture: 'x86_64' } as Profile
const image = { name: 'debian', state: 'ready', reason: null } as Image
const disk = (content: Disk['content'], more: Partial<Disk> = {}): Disk => ({
  path: '/dev/sda',
  size: 1e9,
  sectorSize: 512,
  transport: 'ata',
  removable: false,
  readOnly: false,
  model: null,
  serial: null,
  wwn: null,
  content,
  ...more,
})
const blank = disk({ blank: true, found: null })
const used = disk({ blank: false, found: 'gpt' })
const inventory = (disks: Disk[], architecture = 'x86_64') => ({ architecture, disks }) as Prospect['node']['inventory']

const prospect = (
  change: { node?: Partial<Prospect['node']>; site?: Partial<Prospect['site']> } & Partial<
    Omit<Prospect, 'node' | 'site'>
  > = {},
): Prospect => ({
  hold: null,
  instance: null,
  effective: { profile, image },
  ...change,
  node: {
    name: 'pos-17',
    registered: true,
    state: 'ONBOARDED',
    netbootPolicy: 'allowed',
    inventory: inventory([blank]),
    ...change.node,
  },
  site: {
    unknownPolicy: null,
    defaultProfile: null,
    autoProvision: true,
    overwriteUnregistered: false,
    ...change.site,
  },
})
const unknown = { registered: false }

const table: [string, Prospect, RegExp | null][] = [
  ['registered, everything ready', prospect(), null],
  ['registered, disk in use: the profile decides later', prospect({ node: { inventory: inventory([used]) } }), null],
  ['untrusted', prospect({ node: { state: 'UNTRUSTED' } }), /untrusted/],
  [
    'held by a person, asked for or not',
    prospect({ hold: 'waits for parts', instance: { state: 'PENDING' } }),
    /^waits for parts$/,
  ],
  [
    'its disk is to be kept, asked for or not',
    prospect({ node: { netbootPolicy: 'local' }, instance: { state: 'PENDING' } }),
    /^pos-17 is to boot its own disk$/,
  ],
  [
    'not to boot from the network, asked for or not',
    prospect({ node: { netbootPolicy: 'denied' }, instance: { state: 'PENDING' } }),
    /^pos-17 may not boot from the network$/,
  ],
  ['no profile at all', prospect({ effective: null }), /no profile, and the site has no default/],
  [
    'image still converting',
    prospect({ effective: { profile, image: { ...image, state: 'converting' } } }),
    /debian of profile standard is converting/,
  ],
  [
    'image failed',
    prospect({ effective: { profile, image: { ...image, state: 'failed', reason: 'digest' } } }),
    /is failed: digest/,
  ],
  [
    'other architecture',
    prospect({ node: { inventory: inventory([blank], 'arm64') } }),
    /is for x86_64, the machine is arm64/,
  ],
  ['no zero-touch', prospect({ site: { autoProvision: false } }), /waits for: eims nodes provision/],
  ['no zero-touch, but asked for', prospect({ site: { autoProvision: false }, instance: { state: 'PENDING' } }), null],
  [
    'unknown, no default profile',
    prospect({ node: unknown }),
    /nobody registered this machine, and the site has no default profile/,
  ],
  ['unknown, default profile, blank', prospect({ node: unknown, site: { defaultProfile: 'standard' } }), null],
  [
    'unknown, hold',
    prospect({ node: unknown, site: { defaultProfile: 'standard', unknownPolicy: 'hold' } }),
    /the site says hold/,
  ],
  [
    'unknown, hold, but a person asked for it',
    prospect({
      node: unknown,
      site: { defaultProfile: 'standard', unknownPolicy: 'hold' },
      instance: { state: 'PENDING' },
    }),
    null,
  ],
  [
    'unknown, refuse',
    prospect({ node: unknown, site: { defaultProfile: 'standard', unknownPolicy: 'refuse' } }),
    /the site says refuse/,
  ],
  [
    'unknown, disk in use',
    prospect({
      node: { registered: false, inventory: inventory([blank, used]) },
      site: { defaultProfile: 'standard' },
    }),
    /its disk \/dev\/sda is not blank \(gpt\)/,
  ],
  [
    'unknown, disk in use, though a person asked for it',
    prospect({
      node: { registered: false, inventory: inventory([used]) },
      site: { defaultProfile: 'standard' },
      instance: { state: 'PENDING' },
    }),
    /is not blank/,
  ],
  [
    'unknown, disk in use, site overwrites',
    prospect({
      node: { registered: false, inventory: inventory([used]) },
      site: { defaultProfile: 'standard', overwriteUnregistered: true },
    }),
    null,
  ],
  [
    'unknown, only a USB stick is in use',
    prospect({
      node: { registered: false, inventory: inventory([blank, { ...used, transport: 'usb' }]) },
      site: { defaultProfile: 'standard' },
    }),
    null,
  ],
]

for (const [name, given, expected] of table)
  await t.test(name, async (t) => {
    const reason = whyHeld(given)
    if (expected) t.match(reason, expected)
    else t.equal(reason, null)
  })
