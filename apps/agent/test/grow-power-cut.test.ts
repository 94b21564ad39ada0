import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { growth } from '../src/disk/grow.ts'
import type { Machine } from '../src/machine.ts'
import { gptByFdisk, MIB, sparse, tool, verifyByFdisk } from './support/disks.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { cutAfter, PowerCut, waysLeft } from './support/power-cut.ts'

const SIZE = 18 * MIB

for (const sectorSize of [512, 4096])
  await t.test(`wherever the power is cut, the table is grown and whole afterwards: ${sectorSize}`, async (t) => {
    const machine = fakeMachine(t)
    const node = addDisk(machine, { name: 'sda', size: SIZE, sectorSize })
    writeFileSync(node, '')
    gptByFdisk(node, 8 * MIB, sectorSize, 1, 4)
    sparse(node, SIZE)
    const begin = readFileSync(node)
    const read = () => tool('fdisk', ['-b', String(sectorSize), '-l', '-o', 'Device,Start,End', node])
    /** As grow-partition writes it. */
    const grow = async ({ openDisk }: Pick<Machine, 'openDisk'>) => {
      await using disk = await openDisk(node, 'write')
      for (const { offset, bytes } of await growth(disk, { path: '/dev/sda', size: SIZE, sectorSize }, 2)) {
        await disk.write(offset, bytes)
        await disk.sync()
      }
    }
    await grow(machine)
    const right = read()
    const done = readFileSync(node)
    t.notOk(done.equals(begin))
    let cuts = 0
    for (let nth = 1, came = true; came; nth += 1)
      for (const left of waysLeft) {
        writeFileSync(node, begin)
        const { machine: failing, unsynced } = cutAfter(machine, nth, left)
        await grow(failing).catch((error: unknown) => {
          if (!(error instanceof PowerCut)) throw error
        })
        came = unsynced() > 0
        if (!came) break
        cuts += 1
        await grow(machine)
        const where = `write ${nth}, of which is left: ${left}`
        t.equal(read(), right, where)
        t.match(verifyByFdisk(node, sectorSize), /No errors detected/, where)
        t.ok(readFileSync(node).equals(done), where)
      }
    t.ok(cuts >= 4 * 3, `${cuts} cuts`)
  })
