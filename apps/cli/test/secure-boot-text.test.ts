import type { Inventory, SignedLoader } from '@eims/contracts'
import t from 'tap'
import { secureBootRows, signersText } from '../src/secure-boot-text.ts'

const uefi = { firmware: 'uefi', secureBoot: true } as Inventory
const certificate = (ca: 'microsoft-uefi-ca-2023' | 'other', name: string) => ({ ca, name, fingerprint: 'ab' })

await t.test('what nodes show says of Secure Boot', (t) => {
  const trusted = {
    certificates: [
      certificate('microsoft-uefi-ca-2023', 'Microsoft UEFI CA 2023'),
      certificate('other', 'Workshop CA'),
    ],
    digests: ['cd'],
  }
  const keys = { setupMode: false, trusted, revoked: 431 }
  t.strictSame(secureBootRows({ ...uefi, secureBootKeys: keys, lockdown: 'integrity' }), [
    ['Secure Boot', 'on'],
    ['trusts', 'microsoft-uefi-ca-2023, Workshop CA, 1 programs by digest'],
    ['revoked', '431 entries'],
    ['kernel lockdown', 'integrity'],
  ])
  const none = { certificates: [], digests: [] }
  t.strictSame(
    secureBootRows({ ...uefi, secureBoot: false, secureBootKeys: { setupMode: true, trusted: none, revoked: null } }),
    [
      ['Secure Boot', 'off: setup mode, no keys are enrolled'],
      ['trusts', 'nobody'],
    ],
  )
  t.strictSame(secureBootRows({ ...uefi, secureBootKeys: { ...keys, trusted: null, revoked: null } }), [
    ['Secure Boot', 'on'],
    ['trusts', 'could not be read as a whole'],
  ])
  t.strictSame(secureBootRows(uefi), [['Secure Boot', 'on']], 'an agent of an earlier version')
  t.strictSame(secureBootRows({ ...uefi, firmware: 'bios', secureBoot: null }), [])
  t.strictSame(secureBootRows(null), [])
  t.end()
})

await t.test('who signed a loader', (t) => {
  const of = (more: Partial<SignedLoader>) =>
    signersText({ path: 'x', digest: null, signatures: [], fault: null, ...more })
  const by = (ca: 'microsoft-uefi-ca-2011' | 'other', issuer: string, whole = true) => ({
    ca,
    issuer,
    names: [issuer],
    whole,
  })
  t.equal(of({}), 'not signed')
  t.equal(of({ fault: 'not-pe' }), 'no program for UEFI')
  t.equal(of({ fault: 'not-read' }), 'could not be looked into')
  t.equal(
    of({
      signatures: [by('microsoft-uefi-ca-2011', 'Microsoft Corporation UEFI CA 2011'), by('other', 'Workshop CA')],
    }),
    'microsoft-uefi-ca-2011, Workshop CA',
  )
  t.equal(of({ signatures: [by('other', '', false)] }), 'a CA without a name (changed since)')
  t.end()
})
