import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { partitionDiskHandler } from '../src/actions/partition-disk.ts'
import { rebootHandler } from '../src/actions/reboot.ts'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { markPlace } from '../src/disk/mark.ts'
import type { Machine } from '../src/machine.ts'
import { reasonIn } from './support/context.ts'
import { MIB, unmarked } from './support/disks.ts'
import { becomes, erased, hdparmI, idCtrl, listNs, type Said, sanitizeLog } from './support/eraser.ts'
import { at, ata, completed, EMPTY, inProgress, isMarked, OLD, SIZE } from './support/erasing.ts'
import { fakeImage, fakeSource, noise } from './support/image.ts'
import { watched } from './support/watched-disk.ts'

const DISCARDS = { 'queue/discard_max_bytes': '2147450880\n' }

await t.test('overwrite: zeros from the first byte to the last, and the mark of the run', async (t) => {
  const { node, context, erase, isBlank } = at(t)
  const { result } = await erase('overwrite')
  t.strictSame(result, { method: 'overwrite', disk: '/dev/vda', serial: null, bytes: SIZE, samples: 64 })
  t.ok(isBlank())
  const place = markPlace({ size: SIZE, sectorSize: 512 })
  const disk = readFileSync(node)
  t.ok(isMarked(node))
  t.ok(
    disk.subarray(0, place).every((byte) => byte === 0),
    'not even what the mark kept of sector 0',
  )
  t.strictSame(
    context.steps,
    [...context.steps].sort((a, b) => a - b),
  )
  t.equal(context.steps.at(-1), 1)
  await rebootHandler({ how: 'reboot' }, context)
  t.ok(readFileSync(node).equals(EMPTY), 'and at the end of the run nothing at all')
})

await t.test('the same run writes its image behind it; another one finds a disk that is not blank', async (t) => {
  const { context, erase, node } = at(t, { overwrite: false, old: EMPTY })
  await erase('overwrite')
  const image = fakeImage(noise(8 * MIB, 3))
  const args = { manifestSha256: image.manifestSha256, rawSize: image.raw.length }
  const chunks = [fakeSource(image.chunks)]
  t.match(await reasonIn(writeImageHandler(args, { ...context, chunks, runId: 'run-2' })), { code: 'disk-changed' })
  t.match(await reasonIn(erase('overwrite', { runId: 'run-2' })), { code: 'disk-changed' })
  await writeImageHandler(args, { ...context, chunks })
  t.ok(unmarked(readFileSync(node)).subarray(0, image.raw.length).equals(image.raw))
})

await t.test('the interlock holds before anything is erased', async (t) => {
  const { node, asked, erase } = at(t, { bus: 'nvme', overwrite: false, programs: nvme() })
  for (const method of ['auto', 'secure', 'discard', 'overwrite'] as const)
    t.match(await reasonIn(erase(method)), { code: 'disk-changed' }, method)
  t.ok(readFileSync(node).equals(OLD))
  t.notOk(asked.some((words) => words.startsWith('nvme format') || words.includes('blkdiscard')))
})

await t.test('the mark stands before a disk is told to erase itself', async (t) => {
  let marked = false
  const { erase } = at(t, {
    bus: 'nvme',
    programs: nvme({
      format(node) {
        marked = isMarked(node)
        becomes(node, 0)
      },
    }),
  })
  await erase('secure')
  t.ok(marked)
})

/** A disk that answers as nvme-cli prints it. */
function nvme({
  ctrl = {},
  namespaces = [1],
  log = [sanitizeLog(65_535, '(0) NVM Subsystem has never been sanitized.')],
  format,
}: {
  ctrl?: Record<string, number>
  namespaces?: number[]
  log?: string[]
  format?: (node: string) => void
} = {}) {
  const logs = [...log]
  return (words: string, node: string): Said => {
    if (words.startsWith('nvme id-ctrl')) return { text: idCtrl(ctrl) }
    if (words.startsWith('nvme list-ns')) return { text: listNs(...namespaces) }
    if (words.startsWith('nvme sanitize-log')) return { text: logs.length > 1 ? logs.shift()! : logs[0]! }
    if (words.startsWith('nvme sanitize ')) return erased(node)
    if (!words.startsWith('nvme format')) return undefined
    if (!format)
      return { code: 1, text: 'NVMe status: Access Denied: Access to the namespace and/or LBA range is denied(0x4286)' }
    format(node)
    return { text: 'Success formatting namespace:1' }
  }
}

await t.test('NVMe: a format with secure erase; the mark is set anew', async (t) => {
  const { node, asked, erase, isBlank } = at(t, { bus: 'nvme', programs: nvme({ format: (node) => becomes(node, 0) }) })
  t.match((await erase('secure')).result, { method: 'nvme-format', disk: '/dev/nvme0n1' })
  t.ok(isBlank())
  t.ok(isMarked(node))
  t.strictSame(asked.at(-1), 'nvme format --ses=1 --force --timeout=86400000')
})

await t.test('NVMe: a sanitize operation is waited for, also one of before a power cut', async (t) => {
  const log = [
    sanitizeLog(1000, '(2) Sanitize in Progress.'),
    sanitizeLog(65_535, '(1) Most Recent Sanitize Command Completed Successfully.'),
    sanitizeLog(32_768, '(2) Sanitize in Progress.'),
    sanitizeLog(65_535, '(1) Most Recent Sanitize Command Completed Successfully.'),
  ]
  const { asked, context, erase } = at(t, { bus: 'nvme', programs: nvme({ ctrl: { oacs: 0, sanicap: 3 }, log }) })
  t.match((await erase('secure')).result, { method: 'nvme-sanitize-block' })
  t.strictSame(
    asked.map((words) => words.split(' ')[1]),
    ['sanitize-log', 'sanitize-log', 'id-ctrl', 'list-ns', 'sanitize', 'sanitize-log', 'sanitize-log'],
  )
  t.strictSame(context.steps.slice(0, 2), [1000 / 65_536, 0.5])
})

await t.test('NVMe: what would erase other namespaces too is not done', async (t) => {
  const { node, asked, erase } = at(t, {
    bus: 'nvme',
    programs: nvme({ ctrl: { fna: 2, sanicap: 3 }, namespaces: [1, 2], format: (node) => becomes(node, 0) }),
  })
  t.match(await reasonIn(erase('secure')), {
    code: 'disk-cannot-erase',
    slots: {
      tried: [
        { method: 'nvme-format', fault: 'not-alone' },
        { method: 'nvme-sanitize-block', fault: 'not-alone' },
        { method: 'nvme-sanitize-crypto', fault: 'not-alone' },
      ],
    },
  })
  t.notOk(asked.some((words) => /^nvme (format|sanitize) /.test(words)))
  t.ok(readFileSync(node).subarray(512, -MIB).equals(OLD.subarray(512, -MIB)))
  const own = at(t, {
    bus: 'nvme',
    programs: nvme({ ctrl: { fna: 0 }, namespaces: [1, 2], format: (node) => becomes(node, 0) }),
  })
  t.match((await own.erase('secure')).result, { method: 'nvme-format' }, 'a format of its own namespace is')
})

await t.test('auto: the next best way where one is refused, or leaves something', async (t) => {
  const refused = at(t, { bus: 'nvme', programs: nvme() })
  t.match((await refused.erase('auto')).result, { method: 'overwrite' })
  t.ok(refused.isBlank())
  t.match(refused.context.lines.join('\n'), /nvme-format was refused by the disk \(NVMe status: Access Denied/)
  t.match(refused.context.lines.join('\n'), /discard is not supported by the disk/)

  const noisy = at(t, { bus: 'nvme', programs: nvme({ format: (node) => becomes(node, 0xa5) }) })
  t.match((await noisy.erase('auto')).result, { method: 'overwrite' })
  t.ok(noisy.isBlank())
  t.match(noisy.context.lines.join('\n'), /nvme-format left something that can be read \(byte 512\)/)
  t.match(
    await reasonIn(at(t, { bus: 'nvme', programs: nvme({ format: (node) => becomes(node, 0xa5) }) }).erase('secure')),
    {
      code: 'disk-cannot-erase',
      slots: { tried: [{ method: 'nvme-format', fault: 'not-blank' }] },
    },
  )
})

await t.test('a format that does nothing is found out', async (t) => {
  const { erase } = at(t, { bus: 'nvme', programs: nvme({ format: () => {} }) })
  t.match(await reasonIn(erase('secure')), { slots: { tried: [{ method: 'nvme-format', fault: 'not-blank' }] } })
})

await t.test('ATA: sanitize, else secure erase with a password of its own', async (t) => {
  const block = at(t, {
    bus: 'ata',
    programs: ata({
      identify: hdparmI({ features: ['SANITIZE feature set', 'BLOCK_ERASE_EXT command'] }),
      status: [completed, completed, inProgress, completed],
    }),
  })
  t.match((await block.erase('secure')).result, { method: 'ata-sanitize-block' })
  t.strictSame(block.context.steps, [0.5])

  const rotates = { 'queue/rotational': '1\n' }
  for (const [attributes, command] of [
    [{ 'queue/rotational': '0\n' }, '--security-erase-enhanced'],
    [rotates, '--security-erase'],
  ] as const) {
    const plain = at(t, { bus: 'ata', attributes, programs: ata({ identify: hdparmI() }) })
    t.match((await plain.erase('secure')).result, { method: 'ata-secure-erase' })
    t.strictSame(plain.asked.slice(-2), [
      'hdparm --user-master u --security-set-pass eims',
      `hdparm --user-master u ${command} eims`,
    ])
  }
})

await t.test('ATA: a disk that the firmware froze is told, and not sent a password', async (t) => {
  const frozen = hdparmI({ security: ['not enabled', 'not locked', ' frozen'] })
  const { asked, erase } = at(t, { bus: 'ata', programs: ata({ identify: frozen }) })
  const why = await reasonIn(erase('secure'))
  t.match(why, { code: 'disk-cannot-erase', slots: { tried: [{ method: 'ata-secure-erase', fault: 'frozen' }] } })
  t.notOk(asked.some((words) => words.includes('--security-')))
})

await t.test('ATA: no password stays behind a secure erase that was refused', async (t) => {
  const { asked, erase } = at(t, {
    bus: 'ata',
    programs: ata({ identify: hdparmI(), erase: () => ({ code: 5, text: 'SECURITY_ERASE: Input/output error' }) }),
  })
  t.match(await reasonIn(erase('secure')), {
    slots: { tried: [{ fault: 'refused', text: 'SECURITY_ERASE: Input/output error' }] },
  })
  t.equal(asked.at(-1), 'hdparm --user-master u --security-disable eims')
})

await t.test('SAS: sanitize; a SATA disk behind a SAS controller is asked as one', async (t) => {
  const sas = at(t, {
    bus: 'sas',
    programs(words, node) {
      if (words === 'sg_sanitize --block --quick') return { code: 5, text: 'Sanitize failed: Illegal request' }
      if (words !== 'sg_sanitize --crypto --quick') return undefined
      becomes(node, 0)
      return { text: 'Progress indication: 25% done\nProgress indication: 75% done' }
    },
  })
  t.match((await sas.erase('secure')).result, { method: 'scsi-sanitize-crypto' })
  t.strictSame(sas.context.steps, [0.25, 0.75])
  const sata = at(t, {
    bus: 'sas',
    attributes: { 'device/vendor': 'ATA     \n' },
    programs: ata({ identify: hdparmI() }),
  })
  t.match((await sata.erase('secure')).result, { method: 'ata-secure-erase' })
})

await t.test('a disk of which nothing is known but its bus has no command of its own', async (t) => {
  t.match(await reasonIn(at(t).erase('secure')), {
    code: 'disk-cannot-erase',
    slots: { tried: [{ method: 'secure', fault: 'not-supported', text: 'virtio' }] },
  })
})

await t.test('discard: what a disk keeps all the same is overwritten', async (t) => {
  const kept = [9 * MIB + 5, 60 * MIB]
  const { node, asked, erase, isBlank, context } = at(t, {
    attributes: DISCARDS,
    programs(words, node) {
      const [, offset, length] = /blkdiscard -o (\d+) -l (\d+)$/.exec(words) ?? []
      const disk = readFileSync(node)
      disk.fill(0, Number(offset), Number(offset) + Number(length))
      for (const place of kept) disk[place] = 1
      writeFileSync(node, disk)
      return words.startsWith('/bin/busybox blkdiscard') ? {} : undefined
    },
  })
  t.match((await erase('discard')).result, { method: 'discard' })
  t.ok(isBlank())
  t.ok(isMarked(node))
  t.strictSame(asked, [`/bin/busybox blkdiscard -o 0 -l ${SIZE - MIB}`])
  t.match(context.lines.join('\n'), /^3.1 MB of \/dev\/vda were overwritten with zeros$/m)
  t.match(await reasonIn(at(t).erase('discard')), { slots: { tried: [{ method: 'discard', fault: 'not-supported' }] } })
})

await t.test('an overwriting stops when it is told to, and the next attempt goes on where it was', async (t) => {
  const { machine, node, erase, isBlank } = at(t)
  const stop = new AbortController()
  const seen = watched(machine, {
    onWrite: (offset) => offset === 40 * MIB && stop.abort(new Error('cancelled')),
  })
  await t.rejects(erase('overwrite', { machine: seen.machine, signal: stop.signal }), { message: 'cancelled' })
  t.ok(isMarked(node))
  const half = readFileSync(node)
  t.ok(half.subarray(0, 41 * MIB).equals(EMPTY.subarray(0, 41 * MIB)))
  t.ok(half.subarray(41 * MIB, 60 * MIB).equals(OLD.subarray(41 * MIB, 60 * MIB)))
  const again = watched(machine)
  await erase('overwrite', { machine: again.machine })
  t.ok(isBlank())
  t.notOk(again.steps.includes(`write ${MIB}+${MIB}`), 'what is zero already is not written')
})

await t.test('a disk that does not keep the zeros fails the action', async (t) => {
  for (const place of [0, SIZE - MIB, 40 * MIB]) {
    const { machine, erase } = at(t)
    const offset = place === 40 * MIB ? Math.floor(((SIZE - MIB) * 32) / 63 / MIB) * MIB : place
    const lying = watched(machine, {
      givesBack: (from, bytes) => (from === offset ? Buffer.concat([bytes.subarray(0, -1), Buffer.of(7)]) : bytes),
    })
    t.match(await reasonIn(erase('overwrite', { machine: lying.machine as Machine })), {
      code: 'disk-not-erased',
      slots: { method: 'overwrite', offset: offset + MIB - 1 },
    })
  }
})

await t.test('an action behind another one of the run goes on under its mark', async (t) => {
  const { context, erase, isBlank } = at(t, { overwrite: false, old: EMPTY })
  const table = { table: 'gpt', partitions: [{ number: 1, size: null, label: '', type: 'linux' }] } as const
  await partitionDiskHandler({ ...table, partitions: [...table.partitions] }, context)
  await erase('overwrite')
  t.ok(isBlank())
})
