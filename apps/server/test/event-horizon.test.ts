import fc from 'fast-check'
import t from 'tap'
import { EventHorizon } from '../src/events/horizon.ts'

void t.test('an id is behind the horizon when whoever could have taken one below it has ended', (t) => {
  const horizon = new EventHorizon()
  horizon.look({ id: 6n, next: 100n, ended: 100n }, 0)
  t.equal(horizon.reached, undefined, 'somebody may hold 5 and not count as a writer yet')
  horizon.look({ id: 6n, next: 102n, ended: 101n }, 500)
  t.equal(horizon.reached, undefined, '101 is under way and may hold 5')
  t.equal(horizon.look({ id: 9n, next: 110n, ended: 101n }, 1000), false)
  t.equal(horizon.look({ id: 9n, next: 110n, ended: 102n }, 1500), true)
  t.equal(horizon.reached, 6n, 'what ended meanwhile; 9 is young')
  horizon.look({ id: 9n, next: 110n, ended: 110n }, 2000)
  t.equal(horizon.reached, 9n)
  t.equal(horizon.look({ id: 9n, next: 120n, ended: 120n }, 2500), false, 'nothing new')
  t.end()
})

void t.test('a transaction that never ends does not hold everybody up for ever', (t) => {
  const horizon = new EventHorizon()
  for (let at = 0; at <= 60_000; at += 500) horizon.look({ id: 6n, next: 200n, ended: 50n }, at)
  t.equal(horizon.reached, undefined)
  horizon.look({ id: 6n, next: 200n, ended: 50n }, 60_500)
  t.equal(horizon.reached, 6n)
  t.end()
})

void t.test('whatever order transactions begin, take ids and end in, no event appears behind the horizon', (t) => {
  const step = fc.record({ writer: fc.nat(3), look: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const horizon = new EventHorizon()
      /** each writer begins, takes an id, commits, in turn */
      const writers: ({ xid: bigint; id: bigint | undefined } | undefined)[] = [
        undefined,
        undefined,
        undefined,
        undefined,
      ]
      let nextXid = 1n
      let lastId = 0n
      let at = 0
      for (const { writer, look } of steps) {
        const now = writers[writer]
        if (!now) writers[writer] = { xid: nextXid++, id: undefined }
        else if (now.id === undefined) now.id = ++lastId
        else {
          if (horizon.reached !== undefined && now.id <= horizon.reached)
            throw new Error(`event ${now.id} appears behind ${horizon.reached}`)
          writers[writer] = undefined
        }
        const active = writers.flatMap((each) => (each ? [each.xid] : []))
        const ended = [...active, nextXid].toSorted((a, b) => (a < b ? -1 : 1))[0]!
        if (look) horizon.look({ id: lastId, next: nextXid, ended }, at++)
      }
    }),
    { numRuns: 1000 },
  )
  t.end()
})
