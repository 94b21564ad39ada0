import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@eims/lab'
import { REPORTS } from '@eims/medium'
import t from 'tap'
import { execute } from '../src/actions/table.ts'
import type { LoopOptions } from '../src/loop.ts'
import { tempDir } from './support/context.ts'
import { isUnstartable, MIB, tool } from './support/disks.ts'
import { noise } from './support/image.ts'
import { addDisk } from './support/machine.ts'
import { BASE, insert, makeMedium, mediumProfile } from './support/medium.ts'
import { image, machineWith, medium, SIZE, start, USB } from './support/medium-machine.ts'

await t.test('a machine is installed from the medium alone, and leaves its report there', async (t) => {
  const pos = machineWith(t)
  const { over, screen, finishes } = start(t, pos)
  await over
  t.strictSame(finishes, ['reboot'])
  const disk = pos.disk()
  t.ok(disk.subarray(MIB, 6 * MIB).equals(image.raw.subarray(MIB, 6 * MIB)), 'the image, byte for byte')
  t.match(tool('sfdisk', ['-V', pos.node]), /No errors detected/)
  const seed = tool('sfdisk', ['-l', '-o', 'Start,Name', pos.node]).match(/(\d+) CIDATA/)
  const at = `${pos.node}@@${Number(seed?.[1]) * 512}`
  t.match(tool('mtype', ['-i', at, '::meta-data']), /local-hostname: node-sn-0001/)
  t.match(tool('mtype', ['-i', at, '::user-data']), /"urls": \[\]/)
  t.match(screen.join('\n'), /The medium has the report: INSTALLED/)
  t.equal(screen.at(-1), 'Take the medium out.')
  const [begun, installed, ...more] = pos.reports()
  t.strictSame(more, [])
  t.match(begun, { state: 'BEGUN', identity: { serial: 'SN-0001' }, name: 'node-sn-0001', disk: null })
  t.match(installed, {
    state: 'INSTALLED',
    reason: null,
    runId: begun?.runId,
    disk: { path: '/dev/sda', size: SIZE },
    inventory: { firmware: 'bios' },
    begunAt: begun?.begunAt,
    agent: '0.1.0',
    config: null,
  })
  t.ok(begun!.begunAt! <= begun!.at)
  t.strictSame(
    installed?.steps.map(({ name, state }) => `${name} ${state}`),
    ['inventory', 'choose-disk', 'write-image', 'seed', 'boot-order', 'reboot'].map((name) => `${name} SUCCEEDED`),
  )
  t.ok(
    readFileSync(pos.stick)
      .subarray(0, BASE + REPORTS.offset)
      .equals(medium.bytes.subarray(0, BASE + REPORTS.offset)),
  )

  await t.test('a stick that is left in installs nothing again, and the machine restarts once it is out', async (t) => {
    const before = pos.disk()
    const again = start(t, pos)
    await again.says('Take the medium out')
    t.strictSame(again.finishes, [])
    pos.pullOut()
    await again.over
    t.strictSame(again.finishes, ['reboot'])
    t.equal(again.screen.at(-1), 'The medium is out.')
    t.ok(pos.disk().equals(before))
  })
})

await t.test(
  'a medium that was customized anew does not overwrite what it installed before, unless its profile says so',
  async (t) => {
    const pos = machineWith(t)
    await start(t, pos).over
    const before = pos.disk()
    insert(pos.stick, medium, { units: [{ serial: 'SN-0001', name: 'pos-1', profile: null, config: null }] })
    const second = start(t, pos)
    await second.says('is not blank (found: gpt)')
    await second.says('The medium has the report: FAILED')
    await second.says('Nothing was written to a disk of this machine.')
    t.ok(pos.disk().equals(before))
    t.match(pos.reports().at(-1), { state: 'FAILED', reason: /\/dev\/sda/ })
  },
)

await t.test('two machines one after the other from one stick', async (t) => {
  const [first, second] = [machineWith(t), machineWith(t, { serial: 'SN-0002' })]
  await start(t, first).over
  writeFileSync(second.stick, readFileSync(first.stick))
  await start(t, second).over
  t.strictSame(
    second.reports().map(({ name, state }) => `${name} ${state}`),
    ['node-sn-0001 BEGUN', 'node-sn-0001 INSTALLED', 'node-sn-0002 BEGUN', 'node-sn-0002 INSTALLED'],
  )
  t.ok(
    second
      .disk()
      .subarray(MIB, 6 * MIB)
      .equals(image.raw.subarray(MIB, 6 * MIB)),
  )
})

await t.test('one flipped byte of a chunk is named before the disk is touched', async (t) => {
  const pos = machineWith(t)
  const [chunk] = image.manifest.frames
  const spoilt = readFileSync(pos.stick)
  spoilt[medium.at(chunk!.sha256) + 20]! ^= 1
  writeFileSync(pos.stick, spoilt)
  const { says, screen } = start(t, pos)
  await says('Nothing was written to a disk of this machine.')
  t.match(screen.join(' ').replace(/ +/g, ' '), `its piece ${chunk!.sha256}: damaged`)
  t.ok(pos.disk().equals(Buffer.alloc(SIZE)))
  t.strictSame(pos.reports(), [])
})

await t.test('a config-file that is wrong is refused with the line, a damaged customization as such', async (t) => {
  const pos = machineWith(t)
  insert(pos.stick, medium, { config: 'version: 1\noperatingSystem:\n  timezone: 7\n  nonsense: true\n' })
  const wrong = start(t, pos)
  await wrong.says('Nothing was written')
  t.match(wrong.screen.join(' ').replace(/ +/g, ' '), /line 4, column 13, operatingSystem.nonsense/)
  wrong.stop.abort()
  const bytes = readFileSync(pos.stick)
  bytes[BASE + MIB + 130]! ^= 1
  writeFileSync(pos.stick, bytes)
  await start(t, pos).says('customize it again')
  t.ok(pos.disk().equals(Buffer.alloc(SIZE)))
})

await t.test('a stick that is pulled out in mid-write is waited for, by whatever name it comes back', async (t) => {
  const pos = machineWith(t)
  let pulled = false
  const pull: LoopOptions['execute'] = async (action, context) => {
    if (action.name !== 'write-image') return await execute(action, context)
    const [source] = context.chunks
    const chunks: typeof context.chunks = [
      {
        name: source!.name,
        async fetch(digest, ...more) {
          if (!pulled && digest !== image.manifestSha256) {
            pos.pullOut()
            pulled = true
            throw new Error('the disk is gone')
          }
          return await source!.fetch(digest, ...more)
        },
      },
    ]
    return await execute(action, { ...context, chunks })
  }
  const run = start(t, pos, { execute: pull })
  await until(() => pulled)
  insert(addDisk(pos.machine, { name: 'sdc', size: medium.bytes.length, bus: USB }), medium)
  await run.over
  t.strictSame(run.finishes, ['reboot'])
  t.ok(
    pos
      .disk()
      .subarray(MIB, 6 * MIB)
      .equals(image.raw.subarray(MIB, 6 * MIB)),
  )
})

await t.test(
  'a power cut in mid-write leaves a disk that nothing starts from, and the next start goes on',
  async (t) => {
    const pos = machineWith(t)
    const cut: LoopOptions['execute'] = async (action, context) => {
      if (action.name !== 'write-image') return await execute(action, context)
      let writes = 0
      const openDisk: typeof context.machine.openDisk = async (path, mode) => {
        const disk = await context.machine.openDisk(path, mode)
        return {
          ...disk,
          async write(offset, bytes) {
            if (++writes === 4) {
              power.stop.abort()
              throw new Error('the power is cut')
            }
            await disk.write(offset, bytes)
          },
        }
      }
      return await execute(action, { ...context, machine: { ...context.machine, openDisk } })
    }
    const power = start(t, pos, { execute: cut })
    await power.over
    t.ok(isUnstartable(pos.disk()))
    t.notOk(pos.disk().equals(Buffer.alloc(SIZE)))
    const next = start(t, pos)
    await next.over
    t.match(next.screen.join('\n'), /begun by this run/)
    t.ok(
      pos
        .disk()
        .subarray(MIB, 6 * MIB)
        .equals(image.raw.subarray(MIB, 6 * MIB)),
    )
    t.strictSame(
      pos.reports().map(({ state }) => state),
      ['BEGUN', 'BEGUN', 'INSTALLED'],
    )
  },
)

await t.test(
  'the medium itself is never installed to, on whatever bus it is and whatever may be overwritten',
  async (t) => {
    const overwriting = makeMedium(tempDir(t), image, mediumProfile(image, { overwrite: true }))
    const pos = machineWith(t, {
      made: overwriting,
      bus: 'pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block',
      content: noise(SIZE),
    })
    // larger than the medium it would have to be for the rule to prefer anything: the other disk is gone
    rmSync(join(pos.machine.sysRoot, 'block/sda'))
    const { says } = start(t, pos, { seal: overwriting.seal })
    await says('is the medium that this machine installs from')
    await says('The medium has the report: FAILED')
    t.ok(
      readFileSync(pos.stick)
        .subarray(0, BASE + REPORTS.offset)
        .equals(overwriting.bytes.subarray(0, BASE + REPORTS.offset)),
    )
    t.match(pos.reports().at(-1), { state: 'FAILED' })
  },
)

await t.test('a profile that demands Secure Boot is not installed where it is off', async (t) => {
  const demanding = makeMedium(tempDir(t), image, mediumProfile(image, { securityFeature: 'secure-boot' }))
  const pos = machineWith(t, { made: demanding })
  const { says } = start(t, pos, { seal: demanding.seal })
  await says('Nothing was written to a disk of this machine.')
  await says('Secure Boot')
  t.ok(pos.disk().equals(Buffer.alloc(SIZE)))
  t.strictSame(pos.reports(), [])
})

await t.test('a machine that the list does not name is left alone', async (t) => {
  const pos = machineWith(t, { serial: 'SN-0009' })
  insert(pos.stick, medium, { units: [{ serial: 'SN-0001', name: 'pos-1', profile: null, config: null }] })
  await start(t, pos).says('SN-0009 is not among them')
  t.ok(pos.disk().equals(Buffer.alloc(SIZE)))
})
