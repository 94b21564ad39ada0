import fc from 'fast-check'
import t from 'tap'
import { EventHorizon } from '../src/events/horizon.ts'

void t.test('an id is behind the horizon when whoever could have taken one below it has ended', (t) => {
  const horizon = new EventHorizon()
  horizon.look({ id: 6n, writers: [] }, 0)
  t.equal(horizon.reached, undefined, 'whoever holds 5 need not have been seen yet')
  horizon.look({ id: 6n, writers: ['a', 'b'] }, 500)
  t.equal(horizon.reached, undefined, 'either may hold 5')
  t.equal(horizon.look({ id: 9n, writers: ['b', 'c'] }, 1000), false)
  t.equal(horizon.look({ id: 9n, writers: ['a', 'c'] }, 1500), true)
  t.equal(horizon.reached, 6n, 'both have ended; 9 may be that of c')
  horizon.look({ id: 9n, writers: ['d'] }, 2000)
  t.equal(horizon.reached, 9n)
  t.equal(horizon.look({ id: 9n, writers: [] }, 2500), false, 'nothing new')
  t.end()
})

void t.test('a transaction that never ends does not hold everybody up for ever', (t) => {
  const horizon = new EventHorizon()
  for (let at = 0; at <= 60_000; at += 500) horizon.look({ id: 6n, writers: ['a'] }, at)
  t.equal(horizon.reached, undefined)
  horizon.look({ id: 6n, writers: ['a'] }, 60_500)
  t.equal(horizon.reached, 6n)
  t.end()
})

void t.test('whatever order transactions begin, take ids and end in, no event appears behind the horizon', (t) => {
  const step = fc.record({ writer: fc.nat(3), idFirst: fc.boolean(), look: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const horizon = new EventHorizon()
      /** each writer locks, takes an id, commits, in turn */
      const writers: ({ name: string; id: bigint | undefined } | undefined)[] = [
        undefined,
        undefined,
        undefined,
        undefined,
      ]
      let names = 0
      let lastId = 0n
      let at = 0
      const write = (writer: number) => {
        const now = writers[writer]
        if (!now) writers[writer] = { name: String(names++), id: undefined }
        else if (now.id === undefined) now.id = ++lastId
        else {
          if (horizon.reached !== undefined && now.id <= horizon.reached)
            throw new Error(`event ${now.id} appears behind ${horizon.reached}`)
          writers[writer] = undefined
        }
      }
      const writing = () => writers.flatMap((each) => (each ? [each.name] : []))
      for (const { writer, idFirst, look } of steps) {
        // Nobody promises which half of a look is read first, and much may happen in between.
        const [id, writersThen] = [lastId, writing()]
        write(writer)
        if (!look) continue
        write(writer)
        horizon.look(idFirst ? { id, writers: writing() } : { id: lastId, writers: writersThen }, at++)
      }
    }),
    { numRuns: 1000 },
  )
  t.end()
})
