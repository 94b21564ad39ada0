import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute } from '../src/actions/table.ts'
import type { LoopOptions } from '../src/loop.ts'
import { tempDir } from './support/context.ts'
import { MIB } from './support/disks.ts'
import { addDisk } from './support/machine.ts'
import { BASE, insert, makeMedium, mediumProfile } from './support/medium.ts'
import { image, machineWith, medium, reportsOn, SIZE, start, USB } from './support/medium-machine.ts'

// One promise: whatever is pulled out, swapped or copied, a machine waits for its own medium and writes to no other.

const OTHER_PORT = USB.replaceAll('1-1', '1-2')
const [chunk] = image.manifest.frames
const read = (screen: string[]) => screen.join(' ').replace(/ +/g, ' ')

/** Reads of the first chunk on the stick fail, as `how` says, as long as it says so. */
function failing(pos: ReturnType<typeof machineWith>, how: () => boolean): void {
  const { openDisk } = pos.machine
  pos.machine.openDisk = async (path, mode) => {
    const disk = await openDisk(path, mode)
    return {
      ...disk,
      async read(offset, length, into) {
        if (path === pos.stick && offset === medium.at(chunk!.sha256) && how()) throw new Error('I/O error')
        return await disk.read(offset, length, into)
      },
    }
  }
}

await t.test('a stick that is pulled out while it is checked is waited for', async (t) => {
  const pos = machineWith(t)
  let pulled = false
  failing(pos, () => {
    if (!pulled) pos.pullOut()
    pulled = true
    return true
  })
  const run = start(t, pos)
  await run.says('if it was taken out, put it in again')
  t.ok(pos.disk().equals(Buffer.alloc(SIZE)))
  insert(addDisk(pos.machine, { name: 'sdc', size: medium.bytes.length, bus: USB }), medium)
  await run.over
  t.strictSame(run.finishes, ['reboot'])
  t.notMatch(read(run.screen), 'damaged')
  t.strictSame(
    reportsOn(join(pos.machine.devRoot, 'sdc')).map(({ state }) => state),
    ['BEGUN', 'INSTALLED'],
  )
})

await t.test('one that stays in and cannot be read is refused after three times', async (t) => {
  const pos = machineWith(t)
  let times = 0
  failing(pos, () => ++times > 0)
  const run = start(t, pos)
  await run.says('Nothing was written to a disk of this machine.')
  t.match(read(run.screen), 'The medium /dev/sdb cannot be read: I/O error.')
  t.equal(times, 3)
})

await t.test('another disk that is a damaged medium does not end it before its own stick shows up', async (t) => {
  const pos = machineWith(t)
  pos.pullOut()
  const spoilt = Buffer.from(medium.bytes)
  spoilt[BASE + 100]! ^= 1
  writeFileSync(addDisk(pos.machine, { name: 'sdc', size: spoilt.length, bus: OTHER_PORT }), spoilt)
  const run = start(t, pos, { lookAgain: 100 })
  await run.says('Waiting: The medium /dev/sdc is damaged: its first page is damaged.')
  insert(addDisk(pos.machine, { name: 'sdb', size: medium.bytes.length, bus: USB }), medium)
  await run.over
  t.strictSame(run.finishes, ['reboot'])

  const alone = machineWith(t)
  writeFileSync(alone.stick, spoilt)
  await start(t, alone, { lookAgain: 1 }).says('Nothing was written to a disk of this machine.')
})

await t.test('a copy on a disk within the machine gives the stick time to show up', async (t) => {
  const pos = machineWith(t)
  pos.pullOut()
  insert(addDisk(pos.machine, { name: 'vda', size: medium.bytes.length }), medium)
  const run = start(t, pos, { lookAgain: 500 })
  await run.says('is not found yet')
  insert(addDisk(pos.machine, { name: 'sdz', size: medium.bytes.length, bus: USB }), medium)
  await run.says('installs from /dev/sdz')
})

/** Something happens to the stick when everything is written. */
const atTheEnd =
  (happens: () => void): LoopOptions['execute'] =>
  async (action, context) => {
    if (action.name === 'reboot') happens()
    return await execute(action, context)
  }

const stranger = makeMedium(tempDir(t), image, mediumProfile(image, { description: 'another' }))

await t.test(
  'a report follows its medium to another name, and the one under the old name is not written to',
  async (t) => {
    const pos = machineWith(t)
    const moved = atTheEnd(() => {
      const bytes = readFileSync(pos.stick)
      pos.pullOut()
      insert(addDisk(pos.machine, { name: 'sdb', size: stranger.bytes.length, bus: OTHER_PORT }), stranger)
      writeFileSync(addDisk(pos.machine, { name: 'sdc', size: bytes.length, bus: USB }), bytes)
    })
    await start(t, pos, { execute: moved }).over
    t.ok(readFileSync(pos.stick).equals(stranger.bytes))
    t.match(reportsOn(join(pos.machine.devRoot, 'sdc')), [{ state: 'BEGUN' }, { state: 'INSTALLED' }])
  },
)

await t.test('no report is written to what took the place of the medium', async (t) => {
  const pos = machineWith(t)
  const run = start(t, pos, { execute: atTheEnd(() => insert(pos.stick, stranger)) })
  await run.over
  t.match(read(run.screen), 'The medium has no report of this: the medium is not in')
  t.ok(readFileSync(pos.stick).equals(stranger.bytes))
  t.strictSame(run.finishes, ['reboot'], 'the machine is installed all the same')
})

await t.test('a disk that comes from another machine is not taken for this one’s', async (t) => {
  const first = machineWith(t)
  await start(t, first).over
  const second = machineWith(t, { serial: 'SN-0002', content: first.disk() })
  const run = start(t, second)
  await run.says('The medium has the report: FAILED')
  t.notMatch(read(run.screen), 'installed from this medium already')
  t.match(read(run.screen), 'is not blank')
})

await t.test('an agent that is started again in the middle does not say that nothing was written', async (t) => {
  const pos = machineWith(t)
  const stateDir = tempDir(t)
  writeFileSync(join(stateDir, 'run.json'), '{}')
  insert(pos.stick, medium, { config: 'version: 1\n' })
  const bytes = readFileSync(pos.stick)
  bytes[BASE + MIB + 130]! ^= 1
  writeFileSync(pos.stick, bytes)
  const run = start(t, pos, { stateDir })
  await run.says('customize it again')
  t.notMatch(read(run.screen), 'Nothing was written')
})
