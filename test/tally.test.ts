import t from 'tap'
import { readTap } from './tally.ts'

async function* lines(text: string) {
  yield* text.split('\n')
}
const read = async (text: string) => {
  const shown: string[] = []
  return { tally: await readTap(lines(text), (line) => shown.push(line), { write: () => true }), shown }
}

await t.test('counts the tests of files, not their assertions', async (t) => {
  const { tally } = await read(`TAP version 14
# Subtest: packages/a/test/one.test.ts
    # Subtest: adds
        ok 1 - should be equal
        ok 2 - should be equal
        1..2
    ok 1 - adds # time=1ms
    # Subtest: takes away
        ok 1 - should be equal
        1..1
    ok 2 - takes away # time=1ms
    1..2
ok 1 - packages/a/test/one.test.ts # time=10ms
1..1`)
  t.strictSame(tally, { passed: 2, failed: 0, skipped: 0 })
})

await t.test('a failed test, a skipped one and a file that broke at its top are told apart', async (t) => {
  const { tally, shown } = await read(`    not ok 1 - adds # time=1ms
    ok 2 - needs a printer # SKIP no printer
    1..2
not ok 1 - one.test.ts # time=10ms
not ok 2 - two.test.ts # time=3ms
ok 3 - three.test.ts # time=3ms`)
  t.strictSame(tally, { passed: 1, failed: 2, skipped: 1 })
  t.ok(shown.includes('failed: adds'))
})

await t.test('what was left out deep inside a test that passed is told', async (t) => {
  const { tally, shown } = await read(`    # Subtest: writes a file
        ok 1 - on ext4
        ok 2 - on FAT # SKIP this kernel has none
        1..2
    ok 1 - writes a file # time=1ms
    1..1
ok 1 - one.test.ts # time=10ms`)
  t.strictSame(tally, { passed: 1, failed: 0, skipped: 1 })
  t.ok(shown.includes('skipped: on FAT'))
})

await t.test('a file that failed though its tests passed is a failure', async (t) => {
  const { tally } = await read(`    ok 1 - adds
not ok 1 - one.test.ts`)
  t.strictSame(tally, { passed: 1, failed: 1, skipped: 0 })
})
