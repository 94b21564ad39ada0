import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addonsSize, builtins } from '@eims/contracts'
import t, { type Test } from 'tap'
import { seedHandler } from '../src/actions/seed.ts'
import { writeAddonsHandler } from '../src/actions/write-addons.ts'
import { fakeContext, reasonIn, tempDir } from './support/context.ts'
import { fakeImage, fakeSource } from './support/image.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'
import { cutAfter, PowerCut, waysLeft } from './support/power-cut.ts'

// One promise: a unit's addons stand whole on a partition of their own between root and seed, whatever came before.

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

const MIB = 1024 * 1024

/** The archive of a set with these files, as chunks. */
function set(t: Test, name: string, files: Record<string, Buffer>) {
  const folder = tempDir(t)
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  const bytes = execFileSync('tar', ['-c', '-C', folder, '--format=ustar', ...Object.keys(files)], {
    maxBuffer: 64 * MIB,
  })
  const image = fakeImage(bytes, 256 * 1024)
  return { image, arguments: { name, manifestSha256: image.manifestSha256, size: bytes.length } }
}

const noise = (name: string, size: number) =>
  hash('sha256', name, 'buffer')
    .toString('hex')
    .repeat(Math.ceil(size / 64))
    .slice(0, size)
const images = Buffer.from(noise('images', 9 * MIB))
const manifest = Buffer.from('apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n')
const docs = { metaData: 'instance-id: run-1\n', userData: '#cloud-config\n', vendorData: '', networkConfig: '' }

function made(t: Test) {
  const calico = set(t, 'calico', { 'manifests/cni.yaml': manifest, 'images/cni.tar': images })
  const dash = set(t, 'dash', { 'manifests/dash.yaml': manifest })
  const sets = [calico.arguments, dash.arguments]
  const chunks = new Map([...calico.image.chunks, ...dash.image.chunks])
  const args = builtins['write-addons'].arguments.parse({ sets, addonsSize: addonsSize(sets.map(({ size }) => size)) })
  return { args, chunks }
}

/** The disk's partitions as they will be, by a foreign tool, which looks at a copy with its sector 0. */
async function tableOf(disk: LoopDisk): Promise<string> {
  const script = `cp --sparse=always ${disk.loop} ${disk.machine.dir}/copy; cd ${disk.machine.dir}
    at=$((${disk.size} / 512 - 35)); dd if=copy of=copy bs=512 skip=$at count=1 conv=notrunc status=none
    sfdisk -d copy; rm copy`
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

/** Looks into what lies at a place of the disk. */
function inside(disk: LoopDisk, { start, size }: { start: number; size: number }, script: string): string {
  const at = join(disk.machine.dir, 'look-addons')
  mkdirSync(at, { recursive: true })
  const text = `loop=$(losetup --find --show --read-only --offset ${start} --sizelimit ${size} ${disk.loop})
    mount -t ext4 -o ro $loop ${at}; cd ${at}; { ${script}; } || status=$?; cd /; umount ${at}
    blkid -p -s LABEL -o value $loop; e2fsck -fn $loop >/dev/null 2>&1 || echo damaged; losetup -d $loop; exit \${status:-0}`
  return execFileSync('sh', ['-ec', text], { encoding: 'utf8' }).trim()
}

const SUM = hash('sha256', images)

for (const table of ['gpt', 'dos'] as const)
  await t.test(`behind the image and in front of the seed, ${table}`, async (t) => {
    const disk = await loopDisk(t, { table, parts: [{ size: 16, fs: 'ext4', tree: anOs }], room: 64 })
    const { args, chunks } = made(t)
    const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results, chunks: [fakeSource(chunks)] })
    const { result } = await writeAddonsHandler(args, context)
    t.strictSame(result, { addonsPartition: 2, sets: 2, bytes: 9 * MIB + 2 * manifest.length })
    t.equal(context.steps.at(-1), 1)
    const results = { ...disk.results, 'write-addons': result }
    t.strictSame(await seedHandler(docs, { ...context, results }), { result: { partition: 3 } })
    const top = disk.size - MIB
    const place = { start: top - 8 * MIB - args.addonsSize!, size: args.addonsSize! }
    const told = await tableOf(disk)
    const starts = [...told.matchAll(/start= *(\d+), size= *(\d+)/g)].map(([, start, size]) => [
      +start! / 2048,
      +size! / 2048,
    ])
    t.strictSame(
      starts,
      [
        [1, place.start / MIB - 1],
        [place.start / MIB, place.size / MIB],
        [top / MIB - 8, 8],
      ],
      'the root reaches to the addons',
    )
    if (table === 'gpt') t.match(told, /name="K3S-ADDONS"/)
    const look = 'sha256sum <calico/images/cni.tar; ls -d */*; cat dash/manifests/dash.yaml'
    t.equal(
      inside(disk, place, look),
      `${SUM}  -\ncalico/images\ncalico/manifests\ndash/manifests\n${manifest.toString()}K3S-ADDONS`,
    )
    t.equal(
      execFileSync('sh', ['-c', `head -c 512 ${disk.loop} | tr -d '\\0' | wc -c`])
        .toString()
        .trim(),
      '0',
      'sector 0 stays withheld',
    )
    t.strictSame(disk.mounted(), [])
    t.strictSame(
      (await writeAddonsHandler(args, context)).result,
      result,
      'done again, behind the seed too, it is the same',
    )
    t.equal(await tableOf(disk), told)
  })

await t.test('an attempt that was cut is made whole by the next', async (t) => {
  for (const table of ['gpt', 'dos'] as const)
    for (const left of waysLeft)
      for (const nth of table === 'gpt' ? [1, 2, 3, 4, 5] : [1]) {
        const disk = await loopDisk(t, { table, parts: [{ size: 4 }], room: 48 })
        const { args, chunks } = made(t)
        const context = fakeContext(t, disk.machine, {
          runId: RUN,
          results: disk.results,
          chunks: [fakeSource(chunks)],
        })
        const { machine } = cutAfter(disk.machine, nth, left)
        const cut: unknown = await writeAddonsHandler(args, {
          ...context,
          machine: { ...disk.machine, ...machine },
        }).catch((error: unknown) => error)
        t.ok(cut instanceof PowerCut, `${table} ${nth} ${left}`)
        t.match(
          (await writeAddonsHandler(args, context)).result,
          { addonsPartition: 2, sets: 2 },
          `${table} ${nth} ${left}`,
        )
      }
  const disk = await loopDisk(t, { parts: [{ size: 4 }], room: 48 })
  const { args, chunks } = made(t)
  const source = fakeSource(chunks)
  let fetched = 0
  const breaking = {
    ...source,
    fetch: async (...asked: Parameters<typeof source.fetch>) => {
      fetched += 1
      if (fetched === 20) throw new PowerCut()
      return await source.fetch(...asked)
    },
  }
  const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results, chunks: [breaking] })
  await writeAddonsHandler(args, context).catch(() => undefined)
  t.ok(fetched >= 20, 'it was in the middle of the first set')
  const { result } = await writeAddonsHandler(args, { ...context, chunks: [source] })
  t.match(result, { sets: 2, bytes: 9 * MIB + 2 * manifest.length })
})

await t.test('what cannot be is refused before anything is written', async (t) => {
  const { args, chunks } = made(t)
  const refused = async (layout: Parameters<typeof loopDisk>[1]) => {
    const disk = await loopDisk(t, layout)
    const sum = () => execFileSync('sha256sum', [disk.loop], { encoding: 'utf8' })
    const before = sum()
    const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results, chunks: [fakeSource(chunks)] })
    const reason = await reasonIn(writeAddonsHandler(args, context))
    t.equal(sum(), before, 'not a byte of the disk is changed')
    return reason
  }
  t.match(await refused({ parts: [{ size: 16 }], room: 20 }), {
    code: 'addons-do-not-fit',
    slots: { bytes: args.addonsSize },
  })
  t.match(await refused({ table: 'dos', parts: [4, 4, 4, 4].map((size) => ({ size })), room: 48 }), {
    code: 'partition-table-full',
    slots: { table: 'mbr' },
  })
  t.match(await refused({ parts: [{ size: 4 }], room: 48, marked: false }), { code: 'disk-not-of-this-run' })
  const disk = await loopDisk(t, { parts: [{ size: 4 }], room: 48 })
  const other = fakeContext(t, disk.machine, { runId: RUN, results: disk.results, chunks: [] })
  t.strictSame(
    (await writeAddonsHandler({}, other)).result,
    { addonsPartition: null, sets: 0, bytes: 0 },
    'without sets nothing is done',
  )
})
