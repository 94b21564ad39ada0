import { truncateSync } from 'node:fs'
import t, { type Test } from 'tap'
import { seedHandler } from '../src/actions/seed.ts'
import { chose, fakeContext } from './support/context.ts'
import { gptByFdisk, MIB, sparse, tool } from './support/disks.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { onlyRoot, spoils, type Watch, watched } from './support/watched-disk.ts'

const documents = { metaData: 'instance-id: run-1\n', userData: '#cloud-config\n', vendorData: '', networkConfig: '' }
const SIZE = 64 * MIB

/** The steps of the handler on a disk that is larger than the image on it. */
function seeding(t: Test, table: 'gpt' | 'mbr', watch: Watch & { device?: boolean } = {}) {
  const plain = fakeMachine(t)
  const node = addDisk(plain, { name: 'sda', size: SIZE })
  if (table === 'gpt') {
    truncateSync(node, 0)
    gptByFdisk(node, SIZE / 2, 512)
    sparse(node, SIZE)
  } else tool('sfdisk', ['-q', node], 'label: dos\nstart=2048, size=32768, type=83\n')
  const { machine, steps } = watched(plain, { ...watch, ...(watch.device ? { asDevice: node } : {}) })
  const context = fakeContext(t, machine, { results: chose('/dev/sda', SIZE) })
  return { steps, seed: () => seedHandler(documents, context) }
}

/** What is written of each table, in the order in which it is safe, and where. */
const written = {
  gpt: [
    { what: 'the volume', offset: 55 * MIB, length: 8 * MIB },
    { what: 'the backup’s entries', offset: SIZE - 33 * 512, length: 32 * 512 },
    { what: 'the backup header', offset: SIZE - 512, length: 512 },
    { what: 'the entries', offset: 2 * 512, length: 32 * 512 },
    { what: 'the primary header', offset: 512, length: 512 },
    { what: 'the protective MBR', offset: 0, length: 512 },
  ],
  mbr: [
    { what: 'the volume', offset: 55 * MIB, length: 8 * MIB },
    { what: 'the MBR', offset: 0, length: 512 },
  ],
} as const

const changes = (steps: string[]) => steps.filter((step) => /^(write|sync)/.test(step))

for (const table of ['gpt', 'mbr'] as const) {
  const pieces = written[table]
  const each = (word: string) => pieces.map(({ offset, length }) => `${word} ${offset}+${length}`)

  await t.test(`${table}: the volume first, then the table, each on the disk before the next`, async (t) => {
    const { steps, seed } = seeding(t, table)
    await seed()
    const end = steps.indexOf('close')
    t.strictSame(
      changes(steps.slice(0, end)),
      each('write').flatMap((write) => [write, 'sync']),
    )
    t.strictSame(
      steps.slice(end),
      ['close', 'open read', 'read 0+512', ...each('read'), 'close'],
      'all of it is read back when it is closed',
    )
  })

  await t.test(`${table}: what the kernel cached is dropped before it is read back`, onlyRoot, async (t) => {
    const { steps, seed } = seeding(t, table, { device: true })
    await seed()
    const end = steps.indexOf('close')
    t.strictSame(steps.slice(end, end + 4), ['close', 'blockdev --flushbufs', 'blockdev --rereadpt', 'open read'])
  })

  for (const [index, { what, offset }] of pieces.entries()) {
    await t.test(`${table}: ${what} is not what was written`, async (t) => {
      const { seed } = seeding(t, table, { givesBack: spoils(offset) })
      const message = `The disk /dev/sda does not give back the seed at byte ${offset}; it may be failing`
      await t.rejects(seed(), { message })
    })

    await t.test(`${table}: ${what} does not last, so nothing more is written`, async (t) => {
      const onSync = (nth: number) => {
        if (nth === index + 1) throw new Error('The disk did not keep what was written')
      }
      const { steps, seed } = seeding(t, table, { onSync })
      await t.rejects(seed(), { message: 'The disk did not keep what was written' })
      const until = each('write').slice(0, index + 1)
      t.strictSame(
        changes(steps),
        until.flatMap((write) => [write, 'sync']),
      )
    })
  }
}
