import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Metrics } from '../src/metrics/metrics.ts'
import { RunTally } from '../src/run-tally.ts'

// One promise: a disk that hangs costs one look, however often somebody asks.

await t.test('it is looked at again when the look before has ended', async (t) => {
  const looked: string[] = []
  const hanging = Promise.withResolvers<{ free: number; size: number }>()
  let at = 0
  const metrics = new Metrics({
    version: '0.1.0',
    registry: { db: {} as never, pool: () => ({}) as never },
    counters: () => ({ server: {} as never, interfaces: [] }),
    tally: new RunTally(),
    disks: { data: '/data', images: '/images' },
    look: async (folder) => {
      looked.push(folder)
      return folder === '/data' ? { free: 10, size: 20 } : hanging.promise
    },
    queues: {},
    unwritten: () => 0,
    longPolls: () => 0,
    eventStreams: () => 0,
    now: () => (at += 2000),
  })
  const free = async (disk: string) =>
    new RegExp(`^eims_disk_free_bytes\\{disk="${disk}"\\} (\\d+)`, 'm').exec(await metrics.text())?.[1]
  t.equal(await free('data'), '10')
  t.equal(await free('images'), undefined)
  t.strictSame(looked, ['/data', '/images', '/data'])
  hanging.resolve({ free: 30, size: 40 })
  await setImmediate()
  t.equal(await free('images'), '30')
  t.strictSame(looked, ['/data', '/images', '/data', '/data', '/images'])
})
