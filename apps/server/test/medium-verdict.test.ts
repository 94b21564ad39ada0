import type { InstanceState, MediumInstallation } from '@eims/contracts'
import t from 'tap'
import { mediumVerdict, originOf } from '../src/engine/medium-verdict.ts'

// What a medium tells of an installation never takes the place of what is newer, or was seen.

const told = (more: Partial<MediumInstallation> = {}): MediumInstallation => ({
  state: 'INSTALLED',
  reason: null,
  name: 'pos-1',
  profile: 'pos',
  image: { name: 'debian', manifestSha256: 'ab'.repeat(32) },
  disk: { path: '/dev/sda', serial: null, size: 1 },
  instanceId: 'run-1',
  begunAt: '2026-11-01T10:00:00.000Z',
  at: '2026-11-01T10:05:00.000Z',
  agent: '1',
  medium: 'cd'.repeat(32),
  customization: null,
  config: null,
  ...more,
})
const later = { begunAt: '2026-11-02T10:00:00.000Z', at: '2026-11-02T10:05:00.000Z' }
const begun = told({ state: 'BEGUN', disk: null, at: '2026-11-01T10:00:01.000Z' })
const untouched = told({ state: 'FAILED', disk: null, reason: 'no', ...later })
const adopted = { ...originOf(told()), medium: null }

type Current = Parameters<typeof mediumVerdict>[1]
const is = (state: InstanceState, origin: MediumInstallation | typeof adopted | null = null): Current => ({
  state,
  origin:
    origin &&
    ('medium' in origin && typeof origin.medium === 'string'
      ? originOf(told(origin as MediumInstallation))
      : (origin as typeof adopted)),
})

for (const [name, report, current, verdict, before = []] of [
  ['a node without an OS', told(), null, 'anew'],
  ['the same once more', told(), is('PROVISIONED', told()), 'known'],
  ['the same, whose OS was seen since', told(), is('RUNNING', told()), 'known'],
  ['the same, of an instance that was replaced since', told(), is('PENDING'), 'known', [originOf(told())]],
  ['an older copy, from before its end', begun, is('PROVISIONED', told()), 'known'],
  ['its end, when its beginning is known', told(), is('FAILED', begun), 'further'],
  ['its end, when its OS was seen meanwhile', told(), is('RUNNING', begun), 'of-running'],
  ['of a unit that told of it itself', told(), is('RUNNING', adopted), 'of-running'],
  ['one of later', told(later), is('RUNNING', told()), 'anew'],
  ['one of earlier', told(), is('RUNNING', told(later)), 'older'],
  ['one that failed later, its disk chosen', told({ state: 'FAILED', ...later }), is('RUNNING', told()), 'anew'],
  ['one that failed before a disk was chosen', untouched, is('RUNNING', told()), 'untouched'],
  ['the same of what this server installed', untouched, is('PROVISIONED'), 'untouched'],
  ['the same of a node without an OS', untouched, null, 'anew'],
  ['of a node that this server is to install', told(), is('PENDING'), 'awaited'],
  ['of a node that it installs', told(), is('PROVISIONING'), 'awaited'],
  ['of a node that it installed', told(), is('RUNNING'), 'unordered'],
  ['of a node whose run failed', told(), is('FAILED'), 'unordered'],
  ['of another installation than the unit told of', told(later), is('RUNNING', adopted), 'unordered'],
  ['without a beginning, the same', told({ begunAt: null }), is('PROVISIONED', told({ begunAt: null })), 'known'],
] as [string, MediumInstallation, Current, string, Parameters<typeof mediumVerdict>[2]?][])
  t.equal(mediumVerdict(report, current, [...(current?.origin ? [current.origin] : []), ...before]), verdict, name)
