import { readFileSync, writeFileSync } from 'node:fs'
import { readQcow2Header } from '@eims/image'
import t from 'tap'
import { bench, MiB, reassemble, sampleDisk, sha256, tool } from './support/sample-disk.ts'

const disk = sampleDisk()

await t.test('an image that makes QEMU open a file of the server is refused before QEMU sees it', async (t) => {
  const dir = t.testdir({ 'base.raw': disk })
  const { convert } = await bench(dir)
  const create = (...args: string[]) => tool('qemu-img', ['create', '-f', 'qcow2', ...args])
  create('-b', `${dir}/base.raw`, '-F', 'raw', `${dir}/backing.qcow2`)
  create('-u', '-b', 'json:{"driver":"file","filename":"/etc/passwd"}', '-F', 'raw', `${dir}/json.qcow2`, '8M')
  create('-o', `data_file=${dir}/host-file`, `${dir}/data.qcow2`, '8M')
  for (const [name, sentence] of [
    ['backing', 'the qcow2 image needs a backing file: flatten it with `qemu-img convert -O qcow2 OLD NEW`'],
    ['json', /needs a backing file/],
    ['data', /keeps its data in another file/],
  ] as const)
    await t.rejects(convert(`${dir}/${name}.qcow2`), { code: 'image-unreadable', message: sentence })
})

await t.test('an image that is cut off anywhere is refused, or still gives the whole disk', async (t) => {
  const small = sampleDisk(5 * MiB)
  const dir = t.testdir({ 'disk.raw': small })
  const { convert } = await bench(dir)
  for (const [form, ...args] of [['plain'], ['compressed', '-c'], ['snapshot']] as const) {
    const path = `${dir}/${form}.qcow2`
    tool('qemu-img', ['convert', ...args, '-f', 'raw', '-O', 'qcow2', '-o', 'cluster_size=4k', `${dir}/disk.raw`, path])
    if (form === 'snapshot') tool('qemu-img', ['snapshot', '-c', 'one', path])
    const whole = readFileSync(path)
    const cuts = [1, 513, whole.length - 50]
    // at every cluster's edge: behind a table that is gone QEMU finds nothing amiss
    for (let cut = 4096; cut < whole.length; cut += 4096) cuts.push(cut)
    let refused = 0
    for (const cut of cuts) {
      writeFileSync(`${dir}/cut.qcow2`, whole.subarray(0, -cut))
      const result = await convert(`${dir}/cut.qcow2`).catch((error) => error)
      if (result.manifest) t.equal(result.manifest.rawSha256, sha256(small), `${form} without ${cut} bytes`)
      else t.match(result, { code: 'image-unreadable' }, `${form} without ${cut} bytes: ${result.message}`)
      if (!result.manifest) refused += 1
    }
    t.ok(refused > 75, `${form}: ${refused} of ${cuts.length} refused`)
  }
})

await t.test(
  'compressed data, of which QEMU does not tell where it lies, is no reason to call a file cut off',
  async (t) => {
    // it packs so well that the disk is far longer than the file
    const disk = sampleDisk(40 * MiB)
    disk.fill('well packed ', 2 * MiB, 30 * MiB)
    const dir = t.testdir({ 'disk.raw': disk })
    const path = `${dir}/compressed.qcow2`
    tool('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, path])
    const map = tool('qemu-img', ['map', '--output=json', path]).toString()
    t.ok(JSON.parse(map).some((extent: object) => !('offset' in extent) && 'length' in extent))
    const { convert } = await bench(dir)
    t.equal((await convert(path)).manifest.rawSha256, sha256(disk))
  },
)

await t.test('an image is never larger than any disk it could be for', async (t) => {
  const dir = t.testdir()
  const path = `${dir}/huge.qcow2`
  tool('qemu-img', ['create', '-f', 'qcow2', path, '10T'])
  const { convert } = await bench(dir)
  await t.rejects(convert(path), {
    code: 'image-unreadable',
    reason: { code: 'image-disk-too-large', slots: { bytes: 10 * 2 ** 40, limit: 2 ** 40 } },
  })
})

await t.test('holes are passed over by the map, wherever they begin and end', async (t) => {
  const disk = sampleDisk(200 * MiB)
  // data that begins and ends off every frame
  disk.fill('x', 101 * MiB + 65536, 103 * MiB)
  const dir = t.testdir({ 'disk.raw': disk })
  const path = `${dir}/sparse.qcow2`
  tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, path])
  const { store, convert } = await bench(dir)
  const { manifest } = await convert(path)
  t.equal(manifest.rawSha256, sha256(disk))
  t.ok((await reassemble(manifest, store)).equals(disk))
})

await t.test('a header that lies about sizes is refused', (t) => {
  const head = Buffer.alloc(104)
  head.write('QFI\xfb', 'latin1')
  head.writeUInt32BE(3, 4)
  head.writeUInt32BE(16, 20)
  head.writeBigUInt64BE(8n << 20n, 24)
  head.writeUInt32BE(1, 36)
  head.writeBigUInt64BE(0x30000n, 40)
  const read = (change: (bytes: Buffer) => void, length = 104) => {
    const copy = Buffer.from(head)
    change(copy)
    return () => readQcow2Header(copy.subarray(0, length), 2 ** 46)
  }
  t.same(read(() => {})(), { virtualSize: 8 * MiB, clusterSize: 65536, l1Offset: 0x30000, l1Entries: 1 })
  t.throws(
    read(() => {}, 103),
    /ends within its header/,
  )
  t.throws(
    read((bytes) => bytes.writeUInt32BE(1, 4)),
    /has version 1/,
  )
  t.throws(
    read((bytes) => bytes.writeUInt32BE(40, 20)),
    /clusters of 2\^40/,
  )
  t.throws(
    read((bytes) => bytes.writeBigUInt64BE(0n, 24)),
    /is 0 bytes large/,
  )
  t.throws(
    read((bytes) => bytes.writeBigUInt64BE(1n << 60n, 24)),
    /allowed are 70368744177664/,
  )
  t.throws(
    read((bytes) => bytes.writeUInt32BE(0xffffffff, 36)),
    /L1 table of 4294967295 entries/,
  )
  t.throws(
    read((bytes) => bytes.writeBigUInt64BE(1n << 62n, 40)),
    /beyond any file/,
  )
  t.throws(
    read((bytes) => bytes.writeBigUInt64BE(2n, 72)),
    /marked as corrupt/,
  )
  t.throws(
    read((bytes) => bytes.writeUInt32BE(2, 32)),
    /is encrypted/,
  )
  t.end()
})
