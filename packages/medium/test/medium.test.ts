import { hash } from 'node:crypto'
import t from 'tap'
import {
  checkPieces,
  DIRECTORY_OFFSET,
  decodeDirectory,
  encodeCustomization,
  encodeDirectory,
  encodeSuperblock,
  MIB,
  openMedium,
  PRISTINE,
  piecesOf,
  pristineHash,
  REPORTS,
  RESERVED,
  readCustomization,
  SECTOR,
} from '../src/index.ts'
import { contents, madeMedium, readable } from './support/medium.ts'

const forever = new AbortController().signal
const bytes = madeMedium()
const whole = readable(bytes)
const withByte = (at: number) => {
  const spoilt = Buffer.from(bytes)
  spoilt[at] = spoilt[at]! ^ 1
  return readable(spoilt)
}

await t.test('a superblock, as its bytes', (t) => {
  const page = encodeSuperblock({ directory: { length: 0x1234, sha256: 'ab'.repeat(32) }, length: 0x1000000 })
  t.equal(
    page.toString('hex', 0, 96),
    `${Buffer.from('eims installation medium').toString('hex').padEnd(64, '0')}0100000000000000${'3412000000000000'}${'ab'.repeat(32)}${'0000000100000000'}${'00'.repeat(8)}`,
  )
  t.equal(page.toString('hex', 4064), '8dfe6d2a6c4bb33479d8858b1788b971bea807ad0481ae29a3201a0e16416727')
  t.end()
})

await t.test('a medium opens, and each of its blobs is where its directory says', async (t) => {
  const medium = await openMedium(whole)
  t.ok(medium)
  if (!medium) return
  t.match(medium.directory, {
    seal: /^[0-9a-f]{64}$/,
    profiles: [{ profile: { name: 'pos' } }, { profile: { name: 'kiosk' } }],
  })
  for (const text of ['manifest', 'a frame', 'another frame']) {
    const place = medium.places.get(hash('sha256', text))!
    t.equal(place.offset % SECTOR, 0)
    t.equal(bytes.toString('utf8', medium.base + place.offset, medium.base + place.offset + place.length), text)
  }
  await checkPieces(whole, piecesOf(medium), () => {}, forever)
  t.throws(() => piecesOf(medium, ['0'.repeat(64)]), { message: `it lacks its piece ${'0'.repeat(64)}` })
})

await t.test('the same contents make the same bytes, others another seal', (t) => {
  t.ok(madeMedium().equals(bytes))
  const [first, ...rest] = contents.profiles
  const other = madeMedium({
    ...contents,
    profiles: [{ ...first!, profile: { ...first!.profile, overwrite: false } }, ...rest],
  })
  t.notOk(other.equals(bytes))
  t.end()
})

await t.test('a medium under the seal of another is none', async (t) => {
  const medium = (await openMedium(whole))!
  const { directory } = medium
  const sealed = (change: Partial<typeof directory>) => {
    const text = encodeDirectory({ ...directory, ...change })
    return decodeDirectory(text, hash('sha256', text))
  }
  t.strictSame(sealed({}), directory)
  const [first, ...rest] = directory.profiles
  const overwriting = { ...first!, profile: { ...first!.profile, overwrite: !first!.profile.overwrite } }
  t.throws(() => sealed({ profiles: [overwriting, ...rest] }), { message: 'its seal is not that of what it brings' })
  t.throws(() => sealed({ blobs: directory.blobs.slice(1) }), { message: 'its seal is not that of what it brings' })
})

await t.test('whatever order its facts are given in, the seal is that of the directory', async (t) => {
  const turned = contents.profiles.map(({ profile, image, addons }) => ({
    addons,
    image: Object.fromEntries(Object.entries(image).reverse()) as typeof image,
    profile: Object.fromEntries(Object.entries(profile).reverse()) as typeof profile,
  }))
  t.ok(madeMedium({ ...contents, profiles: turned }).equals(bytes))
  t.ok(await openMedium(readable(madeMedium({ ...contents, profiles: turned }))))
})

await t.test('one flipped byte anywhere that matters is found', async (t) => {
  const medium = (await openMedium(whole))!
  const blob = medium.base + medium.places.get(hash('sha256', 'a frame'))!.offset
  const named: [at: number, says: RegExp][] = [
    [0, /^its boot files: damaged/],
    [medium.base - 1, /^its boot files: damaged/],
    [blob, /^its piece [0-9a-f]{64}: damaged at byte \d+ or behind it/],
    [blob + 6, /^its piece/],
  ]
  for (const [at, says] of named) {
    const spoilt = withByte(at)
    const opened = (await openMedium(spoilt))!
    await t.rejects(
      checkPieces(spoilt, piecesOf(opened), () => {}, forever),
      { message: says },
      `byte ${at}`,
    )
  }
  await t.rejects(openMedium(withByte(medium.base + 100)), { message: 'its first page is damaged' })
  await t.rejects(openMedium(withByte(medium.base + DIRECTORY_OFFSET + 20)), { message: 'its directory is damaged' })
})

await t.test('what is no medium is none, and what lies is refused', async (t) => {
  t.equal(await openMedium(readable(Buffer.alloc(2 * MIB))), null)
  t.equal(await openMedium(withByte(MIB)), null, 'another magic')
  const lying = async (change: (page: Buffer) => void) => {
    const page = Buffer.from(bytes)
    change(page.subarray(MIB, MIB + 4096))
    page.write(hash('sha256', page.subarray(MIB, MIB + 4064)), MIB + 4064, 'hex')
    return await openMedium(readable(page))
  }
  await t.rejects(
    lying((page) => page.writeUInt32LE(2, 32)),
    { message: /version 2/ },
  )
  await t.rejects(
    lying((page) => page.writeBigUInt64LE(2n ** 60n, 40)),
    { message: /its directory would have/ },
  )
  await t.rejects(lying((page) => page.writeBigUInt64LE(2n ** 63n, 80)))
  await t.rejects(
    lying((page) => page.writeBigUInt64LE(2n ** 40n, 80)),
    { message: /it has \d+ bytes of 1099511627776/ },
  )
  const table = Buffer.from(bytes)
  table.writeUInt32LE(0xffffffff, SECTOR + 80)
  t.equal(await openMedium(readable(table)), null, 'a table of four thousand million entries is not read')
})

await t.test(
  'the hash of the pristine medium is that of its bytes as they were made, whatever was written to its areas',
  async (t) => {
    const medium = (await openMedium(whole))!
    const made = hash('sha256', bytes)
    t.equal(await pristineHash(whole, medium, bytes.length), made)
    const used = Buffer.from(bytes)
    encodeCustomization({ ...PRISTINE, config: 'version: 1\n' }).copy(used, medium.base + RESERVED.offset)
    used.fill(7, medium.base + REPORTS.offset, medium.base + REPORTS.offset + REPORTS.length)
    t.equal(await pristineHash(readable(used), medium, used.length), made)
    t.equal((await openMedium(readable(used)))?.id, medium.id)
    t.match(await readCustomization(readable(used), medium), { customization: { config: 'version: 1\n' } })
    used[medium.base + REPORTS.offset + REPORTS.length]! ^= 1
    t.not(await pristineHash(readable(used), medium, used.length), made, 'a byte behind the areas')
  },
)
