import { readFileSync, writeFileSync } from 'node:fs'
import { PE_HEAD, readPe, readSignatures, type SignedLoader } from '@eims/contracts'
import { type EfiFile, readFacts, readSigned } from '@eims/image'
import t from 'tap'
import { MiB, sha256, tool } from './support/sample-disk.ts'
import { PLACES, program, signedBy } from './support/signed-program.ts'

// One promise: who signed an image's boot loaders is told as firmware would see it, whatever the bytes are.

const folder = t.testdir()
const bare = program()
const both = signedBy(`${folder}/both`, bare, 'Microsoft Corporation UEFI CA 2011', 'Microsoft UEFI CA 2023')
const own = signedBy(`${folder}/own`, bare, 'Wörkshop CA')

const never = new AbortController().signal
const path = '\\EFI\\a.efi'
/** @param size what its folder says of it */
const file = (bytes: Buffer, size = bytes.length): EfiFile => ({
  path,
  size,
  open: async () => async (offset, length) => bytes.subarray(offset, offset + length),
})
const told = async (bytes: Buffer): Promise<SignedLoader> => (await readSigned([file(bytes)], never))[0]!
const unread = { path, digest: null, signatures: [], fault: 'not-read' }
const changedAt = (bytes: Buffer, ...places: number[]) => {
  const changed = Buffer.from(bytes)
  for (const at of places) changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
  return changed
}
const wholeOf = async (bytes: Buffer) => (await told(bytes)).signatures.map(({ whole }) => whole)

await t.test('on the ESP of an image, in pieces all over it', async (t) => {
  const path = `${folder}/esp.raw`
  const esp = `${path}@@1M`
  writeFileSync(path, Buffer.alloc(40 * MiB))
  tool('/usr/sbin/sgdisk', ['-n1:2048:+36M', '-t1:ef00', path])
  tool('mformat', ['-i', esp, '-T', `${(36 * MiB) / 512}`, '-F', '-c', '1', '::'])
  tool('mmd', ['-i', esp, '::/EFI', '::/EFI/BOOT'])
  // what was deleted in between leaves holes of one cluster, into which the next file goes
  for (let each = 0; each < 8; each += 1) {
    writeFileSync(`${folder}/small`, `${each}`)
    tool('mcopy', ['-i', esp, `${folder}/small`, `::/EFI/${each}`])
  }
  for (const each of [1, 3, 5, 7]) tool('mdel', ['-i', esp, `::/EFI/${each}`])
  for (const [name, bytes] of Object.entries({
    'BOOTX64.EFI': both,
    'grubx64.efi': own,
    'bare.efi': bare,
    'no.efi': Buffer.from('x'),
  })) {
    writeFileSync(`${folder}/${name}`, bytes)
    tool('mcopy', ['-i', esp, `${folder}/${name}`, `::/EFI/BOOT/${name}`])
  }
  const image = readFileSync(path)
  const facts = await readFacts(async (offset, length) => image.subarray(offset, offset + length), image.length)
  const digest = (await told(bare)).digest
  const signature = (issuer: string, ca: string) => ({ ca, issuer, names: [issuer, `${issuer} signer`], whole: true })
  t.strictSame(facts.esp?.signed, [
    {
      path: '\\EFI\\BOOT\\BOOTX64.EFI',
      digest,
      signatures: [
        signature('Microsoft Corporation UEFI CA 2011', 'microsoft-uefi-ca-2011'),
        signature('Microsoft UEFI CA 2023', 'microsoft-uefi-ca-2023'),
      ],
      fault: null,
    },
    { path: '\\EFI\\BOOT\\grubx64.efi', digest, signatures: [signature('Wörkshop CA', 'other')], fault: null },
    { path: '\\EFI\\BOOT\\bare.efi', digest, signatures: [], fault: null },
    { path: '\\EFI\\BOOT\\no.efi', digest: null, signatures: [], fault: 'not-pe' },
  ])
  t.strictSame(
    facts.esp?.loaders,
    facts.esp?.signed?.map((each) => each.path),
  )
})

await t.test('a loader that was changed behind its signature is told', async (t) => {
  t.strictSame(await wholeOf(both), [true, true])
  t.strictSame(await wholeOf(changedAt(both, PLACES.code + 5)), [false, false], 'its code')
  t.strictSame(await wholeOf(changedAt(both, PLACES.optional + 16)), [false, false], 'its headers')
  t.strictSame(await wholeOf(changedAt(both, PLACES.optional + 64)), [true, true], 'its checksum, which is not signed')
  const { signatures } = readPe(both.subarray(0, PE_HEAD), both.length)!
  const table = both.subarray(signatures!.offset)
  const claimed = signatures!.offset + table.lastIndexOf(readSignatures(table)[1]!.digest)
  t.strictSame(await wholeOf(changedAt(both, claimed)), [true, false], 'what the second signature says of it')
})

await t.test('cut anywhere, it is no whole one', async (t) => {
  for (let length = 0; length < both.length; length += 61) {
    const { signatures } = await told(both.subarray(0, length))
    t.notOk(
      signatures.some(({ whole }) => whole),
      `${length} bytes`,
    )
  }
})

await t.test('headers and signatures that lie never break the reader, and never hash more than there is', async (t) => {
  const fields = [
    0x3c,
    PLACES.pe + 6,
    PLACES.pe + 20,
    PLACES.optional,
    PLACES.optional + 60,
    PLACES.optional + 108,
    PLACES.directory,
    PLACES.directory + 4,
    ...[16, 20, 40 + 16, 40 + 20].map((field) => PLACES.sections + field),
  ]
  const values = [0, 1, 7, 0x18, 0x200, 0x3ff, 0x800, both.length, both.length + 1, 0x7fffffff, 0xfffffff8, 0xffffffff]
  for (const field of fields)
    for (const value of values) {
      const lying = Buffer.from(both)
      lying.writeUInt32LE(value, field)
      const pe = readPe(lying.subarray(0, PE_HEAD), lying.length)
      if (!pe) continue
      const hashed = pe.ranges.reduce((sum, [from, end]) => sum + end - from, 0)
      t.ok(hashed <= lying.length && pe.ranges.every(([from, end]) => from >= 0 && end <= lying.length))
      await told(lying)
    }
  const { offset } = readPe(both.subarray(0, PE_HEAD), both.length)!.signatures!
  for (let seed = 1; seed < 4000; seed += 1) {
    const place = Math.imul(seed, 2654435761) >>> 0
    const lying = Buffer.from(both)
    const room = seed % 3 === 0 ? both.length - offset : 120
    lying[offset + (place % room)] = place >>> 24
    readSignatures(lying.subarray(offset))
  }
  const deep = Buffer.alloc(64 * 1024, Buffer.from('3080', 'hex'))
  deep.writeUInt32LE(deep.length, 0)
  deep.writeUInt32LE(0x00020200, 4)
  t.strictSame(readSignatures(deep), [])
})

await t.test('what cannot be read in time is told as such, and the image stays', async (t) => {
  const open = async () => {
    throw new Error('the frame is damaged')
  }
  const damaged = { path, size: 10, open }
  t.strictSame(await readSigned([damaged, { ...damaged, size: 2 ** 31 }]), [unread, unread])
  const stopped = AbortSignal.abort(new Error('the service stops'))
  await t.rejects(readSigned([damaged], stopped), { message: 'the service stops' })
  t.equal((await told(bare)).digest, 'ae23985beab6fcd627a527eb09c32469413d1a4ce4c070a9280582eb5f435283')
  t.not(sha256(bare), (await told(bare)).digest)
})

await t.test('while a large one is read others have their turn, and it can be stopped', async (t) => {
  const large = Buffer.concat([bare, Buffer.alloc(32 * MiB)])
  const stop = new AbortController()
  setImmediate(() => stop.abort(new Error('the service stops')))
  await t.rejects(readSigned([file(large)], stop.signal), { message: 'the service stops' })
})

await t.test('one of which a part is missing was not changed: it could not be read', async (t) => {
  for (const length of [0, 100, PLACES.code + 5, both.length - 1])
    t.strictSame(await readSigned([file(both.subarray(0, length), both.length)], never), [unread], `${length} bytes`)
})

await t.test('signatures of which none can be read do not make it one that nobody signed', async (t) => {
  const { offset, length } = readPe(own.subarray(0, PE_HEAD), own.length)!.signatures!
  const guid = Buffer.from(own)
  guid.writeUInt16LE(0x0ef1, offset + 6)
  t.strictSame(await told(guid), unread, 'WIN_CERT_TYPE_EFI_GUID')
  const endless = Buffer.from(own)
  endless.writeUInt8(0x80, offset + 9)
  t.strictSame(await told(endless), unread, 'BER, of indefinite length')
  const large = Buffer.concat([own, Buffer.alloc(MiB)])
  large.writeUInt32LE(length + MiB, PLACES.directory + 4)
  t.strictSame(await told(large), unread, 'more than is read')
})

await t.test('more names than an image has are not kept, and refuse nothing', async (t) => {
  const signed = await readSigned(Array<EfiFile>(1026).fill(file(both)), never)
  t.equal(signed.filter(({ fault }) => fault === null).length, 1024, 'of 4 names each')
  t.strictSame(signed.slice(1024), [unread, unread])
})
