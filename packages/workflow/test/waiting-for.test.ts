import type { NodeFacts, ProfileFacts, Reason, SiteFacts } from '@eims/contracts'
import t from 'tap'
import { waitingFor } from '../src/index.ts'
import { disk, instance, node, profile, run, site } from './machines.ts'

const arm64: ProfileFacts = { ...profile, architecture: 'arm64' }
const converting: ProfileFacts = { ...profile, image: { name: 'debian', state: 'converting', reason: null } }
const isConverting: Reason = { code: 'image-converting', slots: { image: 'debian', profile: 'kiosk' } }
const held: Reason = { code: 'held', slots: { text: 'waits for parts' } }

const AT = '2026-11-20T10:00:00.000Z'
const paused: Reason = { code: 'paused', slots: { by: 'ann' } }
const away: Reason = { code: 'image-away', slots: { image: 'debian', servers: ['server-2'] } }
const why: Reason = { code: 'told', slots: { text: 'no link' } }
const backsOff: Reason = { code: 'backs-off', slots: { action: 'write-image', why, left: 2, seconds: 30 } }
/** Its second attempt ended `ago` seconds ago. */
const failing = (ago: number) => ({
  ...run('RUNNING')!,
  failed: { action: 'write-image', failures: 2, retries: 3, backoff: 15, why, ago },
})

const waiting: [name: string, node: Partial<NodeFacts>, reason: Reason | null, site?: Partial<SiteFacts>][] = [
  ['it may be provisioned', {}, null],
  ['it was asked for, and may be', { instance: instance('PENDING') }, null],
  ['it is held', { hold: 'waits for parts' }, held],
  ['it was asked for, and is held', { hold: 'waits for parts', instance: instance('PENDING') }, held],
  ['its image is in conversion', { profile: converting }, isConverting],
  [
    'its inventory says another architecture',
    { profile: arm64 },
    { code: 'other-architecture', slots: { profile: 'kiosk', wanted: 'arm64', has: 'x86_64' } },
  ],
  [
    'it may not boot from the network',
    { netbootPolicy: 'denied' },
    { code: 'netboot-denied', slots: { node: 'pos-17' } },
  ],
  ['it is to boot its disk', { netbootPolicy: 'local' }, { code: 'netboot-local', slots: { node: 'pos-17' } }],
  ['it is not trusted', { state: 'UNTRUSTED' }, { code: 'untrusted', slots: { node: 'pos-17' } }],
  [
    'its run stands still',
    {
      instance: instance('PROVISIONING'),
      run: { ...run('RUNNING')!, pause: { code: 'paused', slots: { by: 'ann' } } },
    },
    { code: 'paused', slots: { by: 'ann' } },
  ],
  ['its run tries an action again', { instance: instance('PROVISIONING'), run: failing(29.5) }, backsOff],
  ['its run may try an action again now', { instance: instance('PROVISIONING'), run: failing(30) }, null],
  [
    'no server has its image',
    { instance: instance('PROVISIONING'), run: { ...run('RUNNING')!, away: { reason: away, at: AT } } },
    away,
  ],
  [
    'its run is paused, and would have to wait besides',
    {
      instance: instance('PROVISIONING'),
      run: { ...failing(1), pause: paused, away: { reason: away, at: AT } },
    },
    paused,
  ],
  [
    'no server has the image of the action that is tried again',
    { instance: instance('PROVISIONING'), run: { ...failing(1), away: { reason: away, at: AT } } },
    backsOff,
  ],
  [
    'a run that is over waits for nothing',
    { instance: instance('FAILED'), run: { ...failing(1), state: 'CANCELLED', pause: paused } },
    null,
  ],
  ['nobody asked for it', {}, { code: 'not-asked-for', slots: { profile: 'kiosk' } }, { autoProvision: false }],
  [
    'nobody registered it',
    { registered: false },
    { code: 'unregistered', slots: { policy: 'refuse' } },
    { unknownPolicy: 'refuse' },
  ],
  [
    'its disk is not blank',
    { registered: false, disks: [disk('gpt')] },
    { code: 'disk-not-blank', slots: { disk: '/dev/sda', found: 'gpt' } },
    { defaultProfile: profile },
  ],
  [
    'it is to be imaged again, and its last run failed',
    { instance: instance('PENDING'), run: run('FAILED', 'i0'), profile: converting },
    isConverting,
  ],
  ['its run has not begun', { instance: instance('PENDING'), run: run('PENDING'), profile: converting }, null],
  ['mid-run', { instance: instance('PROVISIONING'), run: run('RUNNING') }, null],
  ['mid-run, and denied', { netbootPolicy: 'denied', instance: instance('PROVISIONING'), run: run('RUNNING') }, null],
  ['mid-run, and held', { hold: 'waits for parts', instance: instance('PROVISIONING'), run: run('RUNNING') }, null],
  ['its OS is written', { instance: instance('PROVISIONED'), run: run('SUCCEEDED') }, null],
  ['its OS runs', { instance: instance('RUNNING'), run: run('SUCCEEDED') }, null],
  [
    'its OS runs, and it is held',
    { hold: 'waits for parts', instance: instance('RUNNING'), run: run('SUCCEEDED') },
    null,
  ],
  ['its run failed: a person decides', { instance: instance('FAILED'), run: run('FAILED') }, null],
]

for (const [name, change, reason, siteChange] of waiting)
  await t.test(`what it waits for: ${name}`, async (t) => {
    t.strictSame(waitingFor({ ...node, ...change }, { ...site, ...siteChange }), reason)
  })
