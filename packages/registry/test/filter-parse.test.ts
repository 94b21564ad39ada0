import fc from 'fast-check'
import t from 'tap'
import { parseFilter } from '../src/filter/parse.ts'
import { type Filter, FilterError } from '../src/filter/tree.ts'

/** The tree in words that say what belongs together. */
function words(filter: Filter | null): string {
  if (filter === null) return ''
  if (filter.kind === 'not') return `(NOT ${words(filter.part)})`
  if (filter.kind === 'compare') return `${filter.field}${filter.comparator}[${filter.value.text}]`
  return `(${filter.parts.map(words).join(` ${filter.kind.toUpperCase()} `)})`
}

await t.test('what can be written', async (t) => {
  const table: [string, string][] = [
    ['', ''],
    ['   ', ''],
    ['name=a', 'name=[a]'],
    ['name = a', 'name=[a]'],
    ['  name\t=\na ', 'name=[a]'],
    ['name = "a b"', 'name=[a b]'],
    ['name = \'a "b"\'', 'name=[a "b"]'],
    ['name = "a \\"b\\" \\\\"', 'name=[a "b" \\]'],
    ['name = ""', 'name=[]'],
    ['mac = 52:54:00:aa:00:01', 'mac=[52:54:00:aa:00:01]'],
    ['mac:52:54', 'mac:[52:54]'],
    ['serial = SN-1/2_3.4', 'serial=[SN-1/2_3.4]'],
    ['name = a*', 'name=[a*]'],
    ['batch:*', 'batch:[*]'],
    ['createdAt >= 2026-11-20T10:00:00+01:00', 'createdAt>=[2026-11-20T10:00:00+01:00]'],
    ['a<1 AND b<=2 AND c>3 AND d>=4 AND e!=5', '(a<[1] AND b<=[2] AND c>[3] AND d>=[4] AND e!=[5])'],
    ['a=1 OR b=2 OR c=3', '(a=[1] OR b=[2] OR c=[3])'],
    ['NOT a=1 AND b=2', '((NOT a=[1]) AND b=[2])'],
    ['-a=1 OR b=2', '((NOT a=[1]) OR b=[2])'],
    ['NOT NOT a=1', '(NOT (NOT a=[1]))'],
    ['NOT (a=1 OR b=2)', '(NOT (a=[1] OR b=[2]))'],
    ['(a=1 OR b=2) AND c=3', '((a=[1] OR b=[2]) AND c=[3])'],
    ['a=1 AND(b=2 OR c=3)', '(a=[1] AND (b=[2] OR c=[3]))'],
    ['((a=1))', 'a=[1]'],
    ['metadata.rack = 7', 'metadata.rack=[7]'],
    ['metadata.example.com/rack-1=7', 'metadata.example.com/rack-1=[7]'],
    ['metadata."rack no" = 7', 'metadata.rack no=[7]'],
    ['instance.state=FAILED', 'instance.state=[FAILED]'],
    ['note = AND', 'note=[AND]'],
    ['order = OR', 'order=[OR]'],
    ['not_yet = 1 AND oracle = 2', '(not_yet=[1] AND oracle=[2])'],
  ]
  for (const [text, tree] of table) t.equal(words(parseFilter(text)), tree, text)
})

await t.test('what cannot, with the column and the remedy', async (t) => {
  const table: [string, number, RegExp][] = [
    ['name', 5, /expected a comparison after "name": one of = != : </],
    ['name =', 7, /expected a value after "name =", found the end/],
    ['name = )', 8, /expected a value/],
    ['= a', 1, /expected a field, found "="/],
    ['1name = a', 1, /expected a field/],
    ['a=1 b=2', 5, /expected AND or OR, found "b=2"/],
    ['a=1 and b=2', 5, /"and": write AND in capitals/],
    ['a=1 or b=2', 5, /write OR in capitals/],
    ['not a=1', 1, /write NOT in capitals/],
    ['a=1 AND b=2 OR c=3', 13, /AND and OR stand side by side; say with parentheses/],
    ['a=1 OR b=2 AND c=3', 12, /parentheses/],
    ['(a=1', 1, /this parenthesis is not closed/],
    ['a=1 AND (b=2 OR (c=3)', 9, /this parenthesis is not closed/],
    ['a=1)', 4, /this parenthesis closes nothing/],
    ['(a=1 b=2)', 6, /expected AND, OR or a closing parenthesis/],
    ['()', 2, /expected a field/],
    ['a=1 AND', 8, /expected a field, found the end/],
    ['AND a=1', 5, /expected a comparison after "AND"/],
    ['name = "a', 8, /the quotation mark is not closed/],
    ['a == 1', 4, /expected|value/],
    ['metadata. = 1', 10, /expected a name after "metadata\."/],
    ['a=1; drop table node', 4, /expected AND or OR/],
    [`${'('.repeat(18)}a=1`, 18, /nest deeper than 16 levels/],
    [`${'NOT '.repeat(18)}a=1`, 69, /nest deeper than 16 levels/],
    [Array.from({ length: 65 }, () => 'a=1').join(' AND '), 513, /more than 64 comparisons/],
  ]
  for (const [text, column, message] of table)
    try {
      t.fail(`${text} was read as ${words(parseFilter(text))}`)
    } catch (error) {
      t.ok(error instanceof FilterError, text)
      t.match(error, { column, message }, text)
      t.match(String(error), `at column ${column}: `)
    }
})

await t.test('whatever is written is read or refused, at once', async (t) => {
  const pieces = fc.constantFrom(
    'a',
    '=',
    ':',
    '!=',
    '<',
    '(',
    ')',
    'AND',
    'OR',
    'NOT',
    '-',
    '"',
    "'",
    '*',
    ' ',
    '.',
    '\\',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.array(pieces, { maxLength: 60 }).map((all) => all.join(' ')),
      ),
      (text) => {
        try {
          parseFilter(text)
        } catch (error) {
          if (!(error instanceof FilterError)) throw error
          if (error.column < 1 || error.column > text.length + 1)
            throw new Error(`column ${error.column} of ${text.length}`)
        }
      },
    ),
    { numRuns: 2000 },
  )
  t.pass('no other error')
})
