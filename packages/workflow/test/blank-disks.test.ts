import type { JudgeFacts, Judgement, NodeFacts, ProfileFacts, Reason, SiteFacts } from '@eims/contracts'
import t from 'tap'
import { judge } from '../src/index.ts'
import { disk, instance, node, profile, site } from './machines.ts'

const defaultProfile: ProfileFacts = { ...profile, name: 'default' }
const installs: Reason = { code: 'installs', slots: { profile: 'default' } }
const notBlank = (found: string | null, path = '/dev/sda'): Judgement => ({
  kind: 'wait',
  reason: { code: 'disk-not-blank', slots: { disk: path, found } },
})

/** It appeared by itself, and gets the site's default profile. */
const appeared = (change: Partial<NodeFacts>, siteChange: Partial<SiteFacts> = {}): JudgeFacts => ({
  who: {
    kind: 'node',
    node: { ...node, registered: false, state: 'ONBOARDED', profile: defaultProfile, ...change },
  },
  site: { ...site, defaultProfile, ...siteChange },
  architecture: 'x86_64',
})

const table: [name: string, facts: JudgeFacts, judgement: Judgement][] = [
  [
    'registered, disk in use: the profile decides later',
    appeared({ registered: true, disks: [disk('gpt')] }),
    { kind: 'provision', reason: installs },
  ],
  ['unregistered, blank', appeared({ disks: [disk()] }), { kind: 'provision', reason: installs }],
  ['unregistered, no inventory yet', appeared({ disks: null }), { kind: 'provision', reason: installs }],
  ['unregistered, no disk', appeared({ disks: [] }), { kind: 'provision', reason: installs }],
  ['unregistered, a plain disk is in use', appeared({ disks: [disk('gpt')] }), notBlank('gpt')],
  [
    'unregistered, the second of two is in use',
    appeared({ disks: [disk(), disk('gpt', { path: '/dev/sdb' })] }),
    notBlank('gpt', '/dev/sdb'),
  ],
  [
    'unregistered, a disk in use holds nobody knows what',
    appeared({ disks: [disk(null, { content: { blank: false, found: null } })] }),
    notBlank(null),
  ],
  [
    'unregistered, disk in use, though a person asked for it',
    appeared({ disks: [disk('gpt')], instance: instance('PENDING') }),
    notBlank('gpt'),
  ],
  [
    'unregistered, disk in use, site overwrites',
    appeared({ disks: [disk('gpt')] }, { overwriteUnregistered: true }),
    { kind: 'provision', reason: installs },
  ],
  [
    'unregistered, disk in use and not asked for',
    appeared({ disks: [disk('gpt')] }, { autoProvision: false }),
    { kind: 'wait', reason: { code: 'not-asked-for', slots: { profile: 'default' } } },
  ],
  [
    'unregistered, disk in use, but it is refused anyway',
    appeared({ disks: [disk('gpt')] }, { unknownPolicy: 'refuse' }),
    { kind: 'refused', reason: { code: 'unregistered', slots: { policy: 'refuse' } } },
  ],
  [
    'unregistered, only a read-only disk is in use',
    appeared({ disks: [disk(), disk('iso9660', { readOnly: true })] }),
    { kind: 'provision', reason: installs },
  ],
  [
    'unregistered, only a removable disk is in use',
    appeared({ disks: [disk(), disk('vfat', { removable: true })] }),
    { kind: 'provision', reason: installs },
  ],
  [
    'unregistered, only a USB disk is in use',
    appeared({ disks: [disk(), disk('gpt', { transport: 'usb' })] }),
    { kind: 'provision', reason: installs },
  ],
  [
    'unregistered, only a reader without a medium seems to be in use',
    appeared({ disks: [disk(), disk('gpt', { size: 0 })] }),
    { kind: 'provision', reason: installs },
  ],
]

for (const [name, facts, judgement] of table)
  await t.test(name, async (t) => {
    t.strictSame(judge(facts), judgement)
  })
