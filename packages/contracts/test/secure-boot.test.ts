import t from 'tap'
import {
  bootedLoader,
  type Enforcing,
  guidToBytes,
  type LoaderSignature,
  loaderWarning,
  type Reason,
  readSignatureDatabase,
  type SecureBootKeys,
  type SignedLoader,
  secureBootOf,
  signingCa,
  whyLoaderRefused,
} from '../src/index.ts'

// One promise: firmware is said to refuse a loader only where it surely would.

const path = '\\EFI\\BOOT\\BOOTX64.EFI'
const [uefi2011, uefi2023] = ['Microsoft Corporation UEFI CA 2011', 'Microsoft UEFI CA 2023'] as const
const by = (issuer: string, more: Partial<LoaderSignature> = {}): LoaderSignature => ({
  ca: signingCa(issuer),
  issuer,
  names: [issuer, `${issuer} signer`],
  whole: true,
  ...more,
})
const digest = 'ab'.repeat(32)
const loader = (signatures: LoaderSignature[], more: Partial<SignedLoader> = {}): SignedLoader => ({
  path,
  digest,
  signatures,
  fault: null,
  ...more,
})
const trusting = (names: readonly string[] | null, digests: string[] = []): Enforcing => ({
  secureBoot: true,
  secureBootKeys: {
    setupMode: false,
    trusted: names && {
      certificates: names.map((name) => ({ ca: signingCa(name), name, fingerprint: digest })),
      digests,
    },
    revoked: 1,
  } satisfies SecureBootKeys,
})
const notSigned: Reason = { code: 'loader-not-signed', slots: { loader: path } }
const changed: Reason = { code: 'loader-changed', slots: { loader: path } }
const notTrusted = (signers: string[], trusted: string[]): Reason => ({
  code: 'loader-not-trusted',
  slots: { loader: path, signers, trusted },
})

await t.test('what an enforcing machine starts, and what it does not', (t) => {
  const cases: [string, SignedLoader | undefined, Enforcing, Reason | null][] = [
    ['signed by both, on old firmware', loader([by(uefi2011), by(uefi2023)]), trusting([uefi2011]), null],
    ['signed by both, on new firmware', loader([by(uefi2011), by(uefi2023)]), trusting([uefi2023]), null],
    [
      'signed in 2011 only, on new firmware',
      loader([by(uefi2011)]),
      trusting([uefi2023]),
      notTrusted([uefi2011], [uefi2023]),
    ],
    ['signed by nobody', loader([]), trusting([uefi2011]), notSigned],
    ['signed by nobody, and nobody knows whom it trusts', loader([]), trusting(null), notSigned],
    ['signed by nobody, and trusted by its digest', loader([]), trusting([uefi2011], [digest]), null],
    ['signed by nobody, and another is trusted so', loader([]), trusting([], ['cd'.repeat(32)]), notSigned],
    ['no program at all', loader([], { fault: 'not-pe', digest: null }), trusting([uefi2011]), notSigned],
    ['changed since', loader([by(uefi2011, { whole: false })]), trusting([uefi2011]), changed],
    [
      'one of two signatures holds, and nobody trusts that',
      loader([by(uefi2011, { whole: false }), by('Workshop CA')]),
      trusting([uefi2011]),
      notTrusted(['Workshop CA'], [uefi2011]),
    ],
    ['an own CA that is enrolled', loader([by('Workshop CA')]), trusting([uefi2011, 'Workshop CA']), null],
    ['the signer itself is enrolled', loader([by('Workshop CA')]), trusting(['Workshop CA signer']), null],
    ['signed, and nobody knows whom it trusts', loader([by('Workshop CA')]), trusting(null), null],
    ['signed, and the agent is an old one', loader([by('Workshop CA')]), { secureBoot: true }, null],
    ['could not be looked into', loader([], { fault: 'not-read', digest: null }), trusting([]), null],
    ['an image of an earlier version', undefined, trusting([uefi2011]), null],
    ['Secure Boot is off', loader([]), { ...trusting([uefi2011]), secureBoot: false }, null],
    ['no Secure Boot', loader([]), { secureBoot: null, secureBootKeys: null }, null],
  ]
  for (const [name, of, machine, reason] of cases) t.strictSame(whyLoaderRefused(of, machine), reason, name)
  t.end()
})

await t.test('the loader that the boot entry names decides, however its path is written', (t) => {
  const grub = { ...loader([by('Debian Secure Boot CA')]), path: '\\EFI\\debian\\grubx64.efi' }
  const shim = { ...loader([by(uefi2023)]), path: '\\EFI\\debian\\shimx64.efi' }
  const usual = { ...loader([]), path: '\\EFI\\Boot\\bootx64.efi' }
  const booted = (...signed: SignedLoader[]) =>
    bootedLoader({ esp: { partition: 1, loaders: signed.map((each) => each.path), signed } }, 'x86_64')
  t.equal(booted(grub, shim), shim)
  t.equal(booted(grub, shim, usual), usual)
  t.equal(booted(), undefined)
  t.equal(bootedLoader({ esp: { partition: 1, loaders: [shim.path] } }, 'x86_64'), undefined)
  t.equal(bootedLoader({ esp: { partition: 1, loaders: null } }, 'x86_64'), undefined)
  t.equal(bootedLoader({ esp: null }, 'x86_64'), undefined)
  t.end()
})

await t.test('what is told when an image is added', (t) => {
  t.strictSame(loaderWarning(loader([])), notSigned)
  t.strictSame(loaderWarning(loader([by(uefi2011, { whole: false })])), changed)
  t.strictSame(loaderWarning(loader([by(uefi2011)])), { code: 'loader-signed-2011-only', slots: { loader: path } })
  t.equal(loaderWarning(loader([by(uefi2011), by(uefi2023)])), null)
  t.equal(loaderWarning(loader([by('Workshop CA')])), null)
  t.equal(loaderWarning(loader([], { fault: 'not-read' })), null)
  t.equal(loaderWarning(undefined), null)
  t.end()
})

await t.test('on, off, setup mode, none', (t) => {
  const keys = (setupMode: boolean) => ({ setupMode, trusted: null, revoked: null })
  t.equal(secureBootOf({ secureBoot: true, secureBootKeys: keys(false) }), 'on')
  t.equal(secureBootOf({ secureBoot: false, secureBootKeys: keys(false) }), 'off')
  t.equal(secureBootOf({ secureBoot: false, secureBootKeys: keys(true) }), 'setup')
  t.equal(secureBootOf({ secureBoot: false }), 'off')
  t.equal(secureBootOf({ secureBoot: null, secureBootKeys: null }), 'none')
  t.equal(signingCa('constructor'), 'other')
  t.end()
})

const X509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072'
const SHA256 = 'c1c41626-504c-4092-aca9-41f936934328'
/** EFI_SIGNATURE_LIST, whose entries are these without their owners. */
function list(type: string, ...entries: Buffer[]): Buffer {
  const size = 16 + entries[0]!.length
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(28 + size * entries.length, 0)
  sizes.writeUInt32LE(size, 8)
  const owned = entries.flatMap((entry) => [Buffer.alloc(16, 7), entry])
  return Buffer.concat([guidToBytes(type), sizes, ...owned])
}

await t.test('the firmware’s databases, whole and damaged', (t) => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const certificate = Buffer.from('3003020101', 'hex')
  const rsa = '3c5766e8-269c-4e34-aa14-ed776e85b3b6'
  const bytes = Buffer.concat([list(SHA256, one, two), list(X509, certificate), list(rsa, Buffer.alloc(256))])
  t.strictSame(readSignatureDatabase(bytes), { certificates: [certificate], digests: [one, two], count: 4 })
  t.strictSame(readSignatureDatabase(Buffer.alloc(0)), { certificates: [], digests: [], count: 0 })
  for (let length = 1; length < bytes.length; length += 1) {
    const cut = readSignatureDatabase(bytes.subarray(0, length))
    t.ok(cut === null || [28 + 96, 28 + 96 + 49].includes(length), `cut at ${length}`)
  }
  const endless = list(SHA256, one)
  endless.writeUInt32LE(0, 24)
  t.equal(readSignatureDatabase(endless), null, 'entries without a length')
  t.equal(readSignatureDatabase(Buffer.alloc(64, 0xff)), null)
  t.end()
})
