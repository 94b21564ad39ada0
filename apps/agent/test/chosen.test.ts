import t from 'tap'
import { findChosen } from '../src/disk/chosen.ts'
import { MIB } from './support/disks.ts'
import { type FakeDisk, fakeMachine } from './support/machine.ts'

const slot = (nth: number) => `pci0000:00/0000:00:0${nth}.0/virtio${nth}/block`
const disk = (name: string, nth: number, serial?: string, wwn?: string): FakeDisk => ({
  name,
  size: 8 * MIB,
  bus: slot(nth),
  attributes: { ...(serial ? { serial } : {}), ...(wwn ? { wwid: wwn } : {}) },
})
const choice = { path: '/dev/vda', size: 8 * MIB, serial: null, wwn: null, busPath: 'pci-0000:00:02.0' }
const gone = { code: 'chosen-disk-gone' }
const unclear = { code: 'chosen-disk-unclear' }
const wwn = 'naa.5000c500a1b2c3d4'

const cases: [string, FakeDisk[], object, string | object][] = [
  ['no serial, the names swapped', [disk('vda', 3), disk('vdb', 2)], {}, '/dev/vdb'],
  ['no serial, another disk has its name, its own is gone', [disk('vda', 3)], {}, gone],
  ['no serial, and a disk with one in its place', [disk('vda', 2, 'B')], {}, gone],
  ['one serial on both', [disk('vda', 3, 'A'), disk('vdb', 2, 'A')], { serial: 'A' }, '/dev/vdb'],
  ['one serial on both, moved', [disk('vda', 3, 'A'), disk('vdb', 4, 'A')], { serial: 'A' }, gone],
  ['a serial, plugged in elsewhere', [disk('vda', 3, 'B'), disk('vdb', 4, 'A')], { serial: 'A' }, '/dev/vdb'],
  [
    'two paths, the chosen one is there',
    [disk('sda', 3, 'A', wwn), disk('sdb', 2, 'A', wwn)],
    { serial: 'A', wwn },
    '/dev/sdb',
  ],
  ['two paths, both new', [disk('sda', 3, 'A', wwn), disk('sdb', 4, 'A', wwn)], { serial: 'A', wwn }, '/dev/sda'],
  ['one WWN, two serials, moved', [disk('sda', 3, 'A', wwn), disk('sdb', 4, 'B', wwn)], { serial: 'A', wwn }, gone],
  ['an earlier agent’s choice, alone', [disk('vda', 3)], { busPath: null }, '/dev/vda'],
  ['an earlier agent’s choice, renamed', [disk('vdb', 3)], { busPath: null }, gone],
  ['an earlier agent’s choice of two', [disk('vda', 3), disk('vdb', 2)], { busPath: null }, unclear],
]
for (const [name, disks, more, expected] of cases)
  await t.test(name, async (t) => {
    const machine = fakeMachine(t, disks)
    const find = () => findChosen(machine, { ...choice, ...more })
    if (typeof expected === 'string') t.equal(find().path, expected)
    else t.match(thrownBy(find), { reason: expected })
  })

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
