import t from 'tap'
import { efiFiles } from '../src/fat.ts'

// One promise: a FAT volume that was made to harm whoever reads it has an end, and keeps nobody else waiting.

const SECTOR = 512
const RESERVED = 32
const FAT_SECTORS = 16
const CLUSTERS = 2000
const FOLDER = 0x10
const never = new AbortController().signal

/** FAT32 of one FAT, with clusters of one sector; the root directory is cluster 2. */
function volume(next: Record<number, number>, clusters: Record<number, Buffer[]>): Buffer {
  const data = (RESERVED + FAT_SECTORS) * SECTOR
  const bytes = Buffer.alloc(data + CLUSTERS * SECTOR)
  bytes.writeUInt16LE(SECTOR, 11)
  bytes.writeUInt8(1, 13)
  bytes.writeUInt16LE(RESERVED, 14)
  bytes.writeUInt8(1, 16)
  bytes.writeUInt32LE(bytes.length / SECTOR, 32)
  bytes.writeUInt32LE(FAT_SECTORS, 36)
  bytes.writeUInt32LE(2, 44)
  bytes.writeUInt16BE(0x55aa, 510)
  for (const [cluster, to] of Object.entries(next)) bytes.writeUInt32LE(to, RESERVED * SECTOR + Number(cluster) * 4)
  for (const [cluster, entries] of Object.entries(clusters))
    Buffer.concat(entries).copy(bytes, data + (Number(cluster) - 2) * SECTOR)
  return bytes
}

/** @param name eight characters and three @param size bytes */
function entry(name: string, cluster: number, size = 0, attributes = 0): Buffer {
  const bytes = Buffer.alloc(32)
  bytes.write(name, 0, 'latin1')
  bytes.writeUInt8(attributes, 11)
  bytes.writeUInt16LE(cluster, 26)
  bytes.writeUInt32LE(size, 28)
  return bytes
}
const folder = (name: string, cluster: number) => entry(name.padEnd(11), cluster, 0, FOLDER)
/** The part of a long name that stands before the entry which it names. */
function long(name: string): Buffer {
  const bytes = Buffer.alloc(32, 0xff)
  const text = Buffer.from(`${name}\0`.padEnd(13, '\uffff'), 'utf16le')
  bytes.writeUInt8(0x41, 0)
  text.copy(bytes, 1, 0, 10)
  bytes.writeUInt16LE(0x0f, 11)
  text.copy(bytes, 14, 10, 22)
  text.copy(bytes, 28, 22, 26)
  return bytes
}

const from = (bytes: Buffer) => async (offset: number, length: number) => bytes.subarray(offset, offset + length)
const END = 0x0fffffff

await t.test('a file whose chain is a circle ends', async (t) => {
  const size = 16 * 1024 * 1024
  const bytes = volume(
    { 2: END, 3: END, 4: 5, 5: 6, 6: 5 },
    { 2: [folder('EFI', 3)], 3: [entry('CIRCLE  EFI', 4, size)] },
  )
  const [file] = (await efiFiles(from(bytes)))!
  t.match(file, { path: '\\EFI\\CIRCLE.EFI', size })
  const read = await file!.open(never)
  t.ok((await read(0, size)).length <= 10 * SECTOR)
})

await t.test('while a long chain is followed, and read, others have their turn', async (t) => {
  // each cluster is followed by the last but one, so that no two lie together
  const chain = Object.fromEntries(Array.from({ length: 1900 }, (_, index) => [2000 - index, 1999 - index]))
  const size = 1900 * SECTOR
  const bytes = volume({ ...chain, 2: END, 3: END }, { 2: [folder('EFI', 3)], 3: [entry('LONG    EFI', 2000, size)] })
  const [file] = (await efiFiles(from(bytes)))!
  t.equal((await (await file!.open(never))(0, size)).length, size)
  const stopping = () => {
    const stop = new AbortController()
    setImmediate(() => stop.abort(new Error('the service stops')))
    return stop.signal
  }
  await t.rejects(file!.open(stopping()), { message: 'the service stops' }, 'its chain')
  const late = new AbortController()
  const read = await file!.open(late.signal)
  setImmediate(() => late.abort(new Error('the service stops')))
  await t.rejects(read(0, size), { message: 'the service stops' }, 'its bytes')
})

await t.test('folders that hold each other end', async (t) => {
  const circle = Array.from({ length: 16 }, (_, index) => folder(`IN${index}`, 3))
  const bytes = volume({ 2: END, 3: 4, 4: 3 }, { 2: [folder('EFI', 3)], 3: circle, 4: circle })
  let reads = 0
  const read = async (offset: number, length: number) => {
    if (++reads > 20_000) throw new Error('it has no end')
    return bytes.subarray(offset, offset + length)
  }
  t.strictSame(await efiFiles(read), [])
  const long = volume(
    { 2: END, ...Object.fromEntries(Array.from({ length: 1990 }, (_, index) => [index + 3, index + 4])) },
    Object.fromEntries(
      Array.from({ length: 1990 }, (_, index) => [index + 3, circle]).concat([[2, [folder('EFI', 3)]]]),
    ),
  )
  const stop = new AbortController()
  setImmediate(() => stop.abort(new Error('the service stops')))
  await t.rejects(efiFiles(from(long), stop.signal), { message: 'the service stops' })
})

await t.test('names that neither firmware nor a database takes are passed over', async (t) => {
  const bytes = volume(
    { 2: END, 3: END, 4: END },
    {
      2: [folder('EFI', 3)],
      3: [
        entry('A\0B     EFI', 9, 5),
        long('half \ud83d.efi'),
        entry('HALF    EFI', 9, 5),
        long('wow \u{1f600}.efi'),
        entry('WOW     EFI', 9, 5),
      ],
    },
  )
  t.strictSame(
    (await efiFiles(from(bytes)))?.map(({ path }) => path),
    ['\\EFI\\wow \u{1f600}.efi'],
  )
})
