import { join } from 'node:path'
import type { PublicProfile } from '@eims/contracts'
import t from 'tap'
import { changeProfile } from '../src/profile-options.ts'

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ann@office'
const stored: PublicProfile = {
  id: '01',
  name: 'standard',
  image: 'debian-12',
  architecture: 'x86_64',
  finish: 'hold',
  overwrite: false,
  disk: { match: '/dev/sd*', minSize: 1000 },
  account: { userName: 'edge', sshKeys: [key] },
  cloudConfig: '#cloud-config\n',
  config: 'version: "1.0"\n',
  description: '',
  type: 'mutable',
  securityFeature: 'none',
  version: '',
  metadata: {},
  source: null,
  workflow: null,
  bootOrder: 'network',
  growRoot: true,
  addons: [],
  standalone: false,
  onboarding: 'never',
  kernelArgs: 'quiet',
  phoneHomeTimeout: 90,
  isDefault: true,
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
}
const { id: _id, isDefault: _isDefault, createdAt: _createdAt, updatedAt: _updatedAt, ...body } = stored

await t.test('what is not given stays as it is', async (t) => {
  t.strictSame(changeProfile(stored, {}), body)
  t.strictSame(changeProfile(stored, { image: 'debian-13' }), { ...body, image: 'debian-13' })
  t.strictSame(changeProfile(stored, { prefer: 'largest' }).disk, {
    match: '/dev/sd*',
    minSize: 1000,
    prefer: 'largest',
  })
  t.strictSame(changeProfile(stored, { 'password-hash': '$6$a$b' }).account, {
    userName: 'edge',
    sshKeys: [key],
    passwordHash: '$6$a$b',
  })
  t.strictSame(changeProfile(stored, { overwrite: true }).overwrite, true)
  t.match(changeProfile(stored, { 'boot-order': 'disk', 'no-grow-root': true }), { bootOrder: 'disk', growRoot: false })
})

await t.test('an empty value removes', async (t) => {
  const { disk: _disk, account: _account, cloudConfig: _cloudConfig, ...rest } = body
  t.strictSame(
    changeProfile(
      { ...stored, disk: { match: '/dev/sda' } },
      { disk: '', user: '', 'cloud-config': '', 'boot-order': '', 'kernel-args': '' },
    ),
    { ...rest, bootOrder: null, kernelArgs: '' },
  )
})

await t.test('a new profile has only what is given', async (t) => {
  t.strictSame(changeProfile({ name: 'p' }, { image: 'i' }), { name: 'p', image: 'i' })
  const given = {
    image: 'i',
    user: 'edge',
    'ssh-key': [`# mine\n${key}\n`],
    'no-overwrite': true,
    architecture: 'arm64',
  }
  t.strictSame(changeProfile({ name: 'p' }, given), {
    name: 'p',
    image: 'i',
    architecture: 'arm64',
    overwrite: false,
    account: { userName: 'edge', sshKeys: [key] },
  })
})

await t.test('what contradicts itself is refused', async (t) => {
  t.throws(() => changeProfile({ name: 'p' }, { image: 'i', 'ssh-key': [key] }), {
    message: /need --user/,
    exitCode: 2,
  })
  t.throws(() => changeProfile(stored, { overwrite: true, 'no-overwrite': true }), { message: /not both/, exitCode: 2 })
})

await t.test(
  'a network config comes from a file, stays, and goes with an empty value; warnings are not sent back',
  async (t) => {
    const file = join(t.testdir({ network: 'version: 2\n' }), 'network')
    const networkConfig = 'version: 2\n'
    t.equal(changeProfile(stored, { 'network-config': file }).networkConfig, networkConfig)
    const kept = changeProfile({ ...stored, networkConfig, warnings: ['w'] }, {})
    t.equal(kept.networkConfig, networkConfig)
    t.notOk('warnings' in kept)
    t.notOk('networkConfig' in changeProfile({ ...stored, networkConfig }, { 'network-config': '' }))
  },
)

await t.test('a workflow template is named, with what it is told; a file holds steps of its own', async (t) => {
  const own = { workflow: 'rootio', params: { channel: 'stable' } }
  const change = (values: Parameters<typeof changeProfile>[1], workflow: typeof own | null = null) =>
    changeProfile({ name: 'kiosk', image: 'debian', workflow }, values).workflow
  t.strictSame(change({ workflow: 'rootio' }), { workflow: 'rootio', params: {} })
  t.strictSame(change({ workflow: 'rootio', param: ['channel=a=b', 'empty='] }), {
    workflow: 'rootio',
    params: { channel: 'a=b', empty: '' },
  })
  t.strictSame(change({ workflow: 'other' }, own), { workflow: 'other', params: own.params })
  t.strictSame(change({ param: ['channel=edge'] }, own), { workflow: 'rootio', params: { channel: 'edge' } })
  t.strictSame(change({ param: [''] }, own), { workflow: 'rootio', params: {} })
  t.strictSame(change({}, own), own)
  t.equal(change({ workflow: '' }, own), null)
  const file = join(t.testdir({ 'steps.json': '[{"id": "a"}]' }), 'steps.json')
  t.strictSame(change({ workflow: file }, own), [{ id: 'a' }])
  t.throws(() => change({ workflow: file, param: ['a=b'] }), { message: /--param is for a workflow template/ })
  t.throws(() => change({ param: ['a=b'] }), { message: /--param needs a workflow template/ })
  t.throws(() => change({ workflow: 'missing.yaml' }), { message: /missing\.yaml cannot be read/ })
})
