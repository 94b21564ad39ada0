import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ReasonCode, reasonSlots, say, sentence, shown, worded } from '@eims/contracts'
import t from 'tap'
import { english } from '../src/words/english.ts'
import { german } from '../src/words/german.ts'
import { nextStepFor, nextStepOf, nextSteps } from '../src/words/next-steps.ts'
import { eventIn, saidIn } from '../src/words/said.ts'
import { sentenceOf } from '../src/words/sentence.ts'
import { loadServersWords } from '../src/words/servers-words.ts'
import type { Spoken } from '../src/words/spoken.ts'
import { languageFor } from '../src/words/words.ts'

// One promise: whatever a page says, and whatever a machine waits for, has words in each language.

/** `a.b: function` of everything in a table. */
const formOf = (table: object, place = ''): string[] =>
  Object.entries(table).flatMap(([key, value]) =>
    typeof value === 'object' ? formOf(value, `${place}${key}.`) : [`${place}${key}: ${typeof value}`],
  )

const isSpoken = (value: unknown): value is Spoken<object> =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'en,de'

await t.test('both languages have each key', (t) => {
  t.strictSame(formOf(german).sort(), formOf(english).sort())
  for (const [place, text] of [english, german].flatMap((table) => Object.entries(table)))
    if (typeof text === 'string') t.ok(text.length > 0, place)
  t.end()
})

await t.test('each page’s own words are there in both languages', async (t) => {
  const folder = join(import.meta.dirname, '../src/words')
  for (const file of await readdir(folder)) {
    const exports = Object.values((await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>)
    for (const table of exports.filter(isSpoken)) {
      t.strictSame(formOf(table.de).sort(), formOf(table.en).sort(), file)
      t.notSame(table.de, table.en, `${file}: said in German`)
    }
  }
})

await t.test('every reason has a next step, and each step its words', (t) => {
  const codes = Object.keys(reasonSlots) as ReasonCode[]
  t.strictSame([...nextSteps.keys()].sort(), codes.sort())
  for (const code of codes) {
    const step = nextStepOf({ code })
    for (const table of [english, german]) t.match(table.next[step], /^[A-ZÄÖÜ].*\.$/, `${code}: ${step}`)
  }
  t.strictSame(new Set(nextSteps.values()), new Set(Object.keys(english.next)), 'no words for nothing')
  t.equal(nextStepOf({ code: 'of-another-version' }), 'read')
  t.end()
})

await t.test('a failed action is mended by what its cause asks for', (t) => {
  const why = { code: 'disk-error', slots: {} }
  t.equal(nextStepFor({ code: 'action-failed', slots: { action: 'write', why } }), 'defect')
  t.equal(nextStepFor({ code: 'action-failed', slots: { action: 'write', why: { code: 'told', slots: {} } } }), 'retry')
  t.equal(nextStepFor({ code: 'action-failed', slots: { action: 'write', why: null } }), 'retry')
  t.equal(nextStepFor({ code: 'held', slots: { text: 'x' } }), 'release')
  t.end()
})

await t.test('a reason is a sentence', async (t) => {
  const reason = shown({ code: 'no-profile', slots: { node: 'unit-1' } })
  t.match(sentenceOf(reason, 'de'), /^unit-1 has no profile/, 'the server’s own, until the others are loaded')
  await loadServersWords('de')
  t.equal(sentenceOf(reason, 'en'), 'unit-1 has no profile, and the site has no default profile.')
  t.equal(sentenceOf(reason, 'de'), 'unit-1 hat kein Profil, und der Standort kein Standardprofil.')
  t.equal(sentenceOf(shown({ code: 'registered', slots: {} }), 'en'), 'Registered.')
  const newer = { code: 'of-a-newer-server', slots: {}, text: 'something new' }
  t.equal(sentenceOf(newer, 'en'), 'Something new.')
  t.equal(sentenceOf(newer, 'de'), 'Something new.')
  t.equal(say({ code: 'registered', slots: {} }), 'registered')
})

await t.test('what the server says is said in the language of the page, where that is known', async (t) => {
  const said = sentence('heard.asked-boot')
  t.equal(saidIn('en', said, 'as it was sent'), 'as it was sent')
  t.equal(saidIn('de', said, 'asked what to boot'), 'fragte, was es starten soll')
  const newer = { code: 'of.a-newer-server', slots: {} }
  for (const unknown of [newer, null]) t.equal(saidIn('de', unknown, 'something new'), 'something new')

  const ended = worded({ kind: 'run.ended', data: { state: 'FAILED', reason: { code: 'no-disk-found', slots: {} } } })
  t.equal(eventIn('en', { data: {}, ...ended }), 'the run failed: No disk was found in this machine')
  t.equal(
    eventIn('de', { data: {}, ...ended }),
    'der Lauf ist gescheitert: In diesem Gerät wurde kein Datenträger gefunden',
  )
  const old = { kind: 'node.changed', data: { was: {}, patch: {} }, message: 'Changed by anna' } as const
  t.equal(eventIn('de', old), 'Changed by anna', 'of an event of an earlier version there is its message only')
})

await t.test('the language of whoever comes', (t) => {
  t.equal(languageFor(['de-AT', 'en']), 'de')
  t.equal(languageFor(['fr', 'en-GB']), 'en')
  t.equal(languageFor([]), 'en')
  t.end()
})
