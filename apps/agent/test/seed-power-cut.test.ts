import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { seedHandler } from '../src/actions/seed.ts'
import { chose, fakeContext } from './support/context.ts'
import { gptByFdisk, MIB, sparse, tool, verifyByFdisk } from './support/disks.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { cutAfter, type Left, PowerCut, waysLeft } from './support/power-cut.ts'

const documents = { metaData: 'instance-id: run-1\n', userData: '#cloud-config\n', vendorData: '', networkConfig: '' }
const SIZE = 18 * MIB

interface Begin {
  table: 'gpt' | 'mbr'
  sectorSize: number
  /** what makes a table of the image on an empty disk */
  make: (node: string) => void
}

const gpt = (sectorSize: number): Begin => ({
  table: 'gpt',
  sectorSize,
  make(node) {
    gptByFdisk(node, 8 * MIB, sectorSize, 1, 4)
    sparse(node, SIZE)
  },
})
const begins: Record<string, Begin> = {
  'GPT, 512-byte sectors': gpt(512),
  'GPT, 4096-byte sectors': gpt(4096),
  'GPT whose primary entries are damaged': {
    table: 'gpt',
    sectorSize: 512,
    make(node) {
      gptByFdisk(node, SIZE, 512, 1, 4)
      tool('dd', ['if=/dev/urandom', `of=${node}`, 'bs=1', 'seek=1100', 'count=8', 'conv=notrunc'])
    },
  },
  MBR: {
    table: 'mbr',
    sectorSize: 512,
    make(node) {
      sparse(node, SIZE)
      tool('sfdisk', ['-q', node], 'label: dos\nstart=2048, size=8192, type=83\n')
    },
  },
}

/** A disk of 18 MiB with an image of 8 on it. */
function installed(t: Test, { sectorSize, make }: Begin) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: SIZE, sectorSize })
  writeFileSync(node, '')
  make(node)
  const context = fakeContext(t, machine, { results: chose('/dev/sda', SIZE) })
  const steady = cutAfter(machine, Number.POSITIVE_INFINITY, 'all').machine
  const seed = () => seedHandler(documents, { ...context, machine: steady })
  /** How many writes were not synced when the power was cut; 0: all was done before. */
  const cut = async (nth: number, left: Left) => {
    const { machine: failing, unsynced } = cutAfter(machine, nth, left)
    await seedHandler(documents, { ...context, machine: failing }).catch((error: unknown) => {
      if (!(error instanceof PowerCut)) throw error
    })
    return unsynced()
  }
  return { node, begin: readFileSync(node), seed, cut }
}

for (const [name, begin] of Object.entries(begins)) {
  const { table, sectorSize } = begin
  /** By a foreign tool, without the GUIDs that are drawn by lot. */
  const read = (node: string) =>
    table === 'mbr'
      ? tool('sfdisk', ['-d', node])
      : tool('fdisk', ['-b', String(sectorSize), '-l', '-o', 'Device,Start,End,Type,Name', node])
  const verify = (node: string) => (table === 'mbr' ? tool('sfdisk', ['-V', node]) : verifyByFdisk(node, sectorSize))
  const volume = SIZE - 9 * MIB

  await t.test(`${name}: wherever the power is cut, the seed is made whole afterwards`, async (t) => {
    const { node, begin: image, seed, cut } = installed(t, begin)
    const done = await seed()
    const right = read(node)
    t.match(right, /CIDATA|type=c/)

    let cuts = 0
    for (let nth = 1, came = true; came; nth += 1)
      for (const left of waysLeft) {
        writeFileSync(node, image)
        const unsynced = await cut(nth, left)
        came = unsynced > 0
        if (!came) break
        cuts += 1
        const where = `write ${nth}, of which is left: ${left}`
        t.equal(unsynced, 1, `${where}: no two writes wait for one sync`)
        t.strictSame(await seed().catch((error: Error) => error.message), done, where)
        t.equal(read(node), right, `${where}: the table`)
        t.match(verify(node), /No errors detected/, where)
        t.equal(tool('mtype', ['-i', `${node}@@${volume}`, '::meta-data']), documents.metaData, `${where}: the volume`)
      }
    t.equal(cuts, table === 'mbr' ? 2 * 3 : 6 * 3)
  })
}
