import t from 'tap'
import { importDone } from '../src/imports/told.ts'

const told = (created: number, updated: number, names: string[] = []) =>
  importDone({ actor: 'ann', subject: 'i1', created, updated, newBatches: names.map((name) => ({ name })) })

void t.test('an import in one sentence, however large', (t) => {
  t.same(told(1, 0), {
    message: 'ann imported 1 machine: 1 registered',
    data: { id: 'i1', created: 1, updated: 0, newBatches: [] },
  })
  t.equal(told(2, 3, ['a']).message, 'ann imported 5 machines: 2 registered, 3 changed; new batch: a')
  const many = told(
    0,
    100_000,
    Array.from({ length: 100_000 }, (_, i) => `b${i}`),
  )
  t.equal(
    many.message,
    'ann imported 100000 machines: 100000 changed; new batches: b0, b1, b2, b3, b4, b5, b6, b7, b8, b9 and 99990 more',
  )
  t.equal(many.data.newBatches.length, 10)
  t.end()
})
