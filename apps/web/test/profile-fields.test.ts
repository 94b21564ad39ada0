import { ProfileInput, type PublicProfile } from '@eims/contracts'
import t from 'tap'
import { hashOf } from '../src/pages/password-hash.ts'
import { bodyOf, canComeBack, canGoBack, faultAt, formOf, inputOf, OWN_STEPS } from '../src/pages/profile-fields.ts'

// One promise: a profile that goes through the form comes out as it went in, but for what was typed.

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY marta@desk'
const whole: PublicProfile = {
  ...ProfileInput.parse({
    name: 'edge-12',
    image: 'debian-12',
    description: 'for the shops',
    type: 'immutable',
    version: '12.8',
    securityFeature: 'secure-boot-and-full-disk-encryption',
    metadata: { 'team/owner': 'north', note: 'a=b' },
    source: { provider: 'us', imageUrl: 'https://images.example/12.raw', platformBundle: { bios: '1.2' } },
    workflow: { workflow: 'own', params: { disk: '/dev/sda' } },
    finish: 'poweroff',
    standalone: true,
    onboarding: 'later',
    overwrite: false,
    disk: { match: 'SAMSUNG*', prefer: 'largest', minSize: 64e9, maxSize: 512_110_190_592, rotation: 'ssd' },
    bootOrder: 'network',
    growRoot: false,
    addons: ['monitoring'],
    account: { userName: 'edge', sshKeys: [KEY] },
    cloudConfig: '#cloud-config\nruncmd:\n  - true\n',
    networkConfig: 'version: 2\n',
    config: 'operatingSystem:\n  timezone: Europe/Berlin\n',
    kernelArgs: 'console=ttyS0',
    phoneHomeTimeout: 900,
  }),
  config: 'operatingSystem:\n  timezone: Europe/Berlin\n',
  id: 'id-1',
  isDefault: true,
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
  warnings: ['one'],
}
const more = { architecture: 'x86_64', passwordHash: null, ownSteps: null } as const

await t.test('all of it, and nothing of it', (t) => {
  t.strictSame(ProfileInput.parse(bodyOf(formOf(whole), more)), ProfileInput.parse(inputOf(whole)))
  const least = bodyOf({ ...formOf(), name: ' a ', image: 'i' }, more)
  t.strictSame(ProfileInput.parse(least), ProfileInput.parse({ name: 'a', image: 'i' }))
  t.equal(Object.keys(formOf()).length, Object.keys(formOf(whole)).length)
  t.end()
})

await t.test('an account is one as soon as something of it is typed, and a password is its hash', async (t) => {
  const { account } = bodyOf({ ...formOf(), sshKeys: `# mine\n\n ${KEY} \n` }, more)
  t.strictSame(account, { userName: '', sshKeys: [KEY] }, 'the server says what is missing')
  const passwordHash = await hashOf('open sesame')
  t.match(passwordHash, /^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/)
  t.match(ProfileInput.parse(bodyOf(formOf(whole), { ...more, passwordHash })).account, { passwordHash })
  t.not(await hashOf('open sesame'), passwordHash, 'each with a salt of its own')
})

await t.test('steps of its own stay', (t) => {
  const ownSteps = ProfileInput.shape.workflow.parse(null)
  t.equal(bodyOf({ ...formOf(), workflow: OWN_STEPS }, { ...more, ownSteps: ownSteps as null }).workflow, null)
  const steps = [{ id: 'a' }] as never
  t.equal(formOf({ workflow: steps }).workflow, OWN_STEPS)
  t.equal(bodyOf(formOf({ workflow: steps }), { ...more, ownSteps: steps }).workflow, steps)
  t.end()
})

await t.test('what can be taken back', (t) => {
  const { account: _, ...without } = whole
  t.ok(canComeBack(without))
  t.notOk(canComeBack(whole), 'its password is in no reply')
  t.notOk(canComeBack({ ...without, config: 'a: "***"' }))
  t.ok(canGoBack(whole, bodyOf(formOf(whole), more)))
  t.notOk(canGoBack(whole, bodyOf(formOf(whole), { ...more, passwordHash: '$6$a$b' })))
  t.notOk(canGoBack(whole, bodyOf({ ...formOf(whole), userName: 'other' }, more)))
  t.end()
})

await t.test('faults stand at their fields', (t) => {
  const faults = { 'account.sshKeys.1': 'is damaged', 'metadata.a b': 'is no key', config: 'line 1', name: 'taken' }
  t.equal(faultAt(faults, 'account.sshKeys'), '2: is damaged')
  t.equal(faultAt(faults, 'metadata'), 'a b: is no key')
  t.equal(faultAt(faults, 'config'), 'line 1')
  t.equal(faultAt(faults, 'na'), undefined)
  t.end()
})
