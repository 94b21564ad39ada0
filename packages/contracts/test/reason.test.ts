import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { z } from 'zod'
import {
  type AnyReason,
  german,
  Reason,
  type ReasonCode,
  readReason,
  reasonSlots,
  say,
  shown,
  told,
} from '../src/index.ts'
import { english, type Words } from '../src/reason-words.ts'

const codes = Object.keys(reasonSlots)

/** Values that a slot can have: every word of an enumeration, and both sides of what may be null. */
function samples(schema: z.ZodType): unknown[] {
  const { def } = schema._zod as unknown as {
    def: {
      type: string
      entries?: object
      innerType?: z.ZodType
      element?: z.ZodType
      shape?: Record<string, z.ZodType>
    }
  }
  switch (def.type) {
    case 'string':
      return ['words']
    case 'number':
      return [4096]
    case 'enum':
      return Object.values(def.entries ?? {})
    case 'default':
      return samples(def.innerType!)
    case 'nullable':
      return [null, ...samples(def.innerType!)]
    case 'array':
      // an empty list of claims or disks says nothing, and nobody makes one
      return [samples(def.element!)]
    case 'object':
      return slotsOf(def.shape!)
    case 'lazy':
      return [{ code: 'disk-usb', slots: {} }]
    default:
      throw new Error(`no sample of ${def.type}`)
  }
}

/** As many slots as there are values of the slot with most of them. */
function slotsOf(shape: Record<string, z.ZodType>): Record<string, unknown>[] {
  const values = Object.entries(shape).map(([name, schema]) => [name, samples(schema)] as const)
  const most = Math.max(1, ...values.map(([, each]) => each.length))
  return Array.from({ length: most }, (_, at) =>
    Object.fromEntries(values.map(([name, each]) => [name, each[Math.min(at, each.length - 1)]])),
  )
}

await t.test('every code has its words, and the page lists it', async (t) => {
  for (const words of [english, german]) t.strictSame(Object.keys(words).sort(), [...codes].sort())
  const page = readFileSync(join(import.meta.dirname, '../../../docs/reasons.md'), 'utf8')
  t.strictSame(new Set([...page.matchAll(/^- `([^`]+)`/gm)].map((match) => match[1])), new Set(codes))
  for (const code of codes) t.match(code, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
})

await t.test('every sentence is whole, whatever its slots hold, and has no full stop', async (t) => {
  for (const code of codes as ReasonCode[])
    for (const slots of slotsOf(reasonSlots[code])) {
      const reason = { code, slots }
      t.strictSame(Reason.parse(reason), reason, code)
      const text = say(reason)
      for (const spoken of [text, say(reason, german)]) {
        t.notMatch(spoken, /undefined|NaN|\[object|null/, `${code}: ${spoken}`)
        t.match(spoken, /[^.\s]$/, `${code}: ${spoken}`)
      }
      t.strictSame(shown(reason), { ...reason, text })
    }
})

await t.test('another language is one more table', async (t) => {
  const spoken = Object.fromEntries(
    codes.map((code) => [
      code,
      (slots: { why?: AnyReason }, inner: (reason: AnyReason) => string) =>
        `<${code}${slots.why ? ` ${inner(slots.why)}` : ''}>`,
    ]),
  ) as unknown as Words
  const reason: Reason = { code: 'run-failed', slots: { node: 'pos-17', why: { code: 'no-disk-found', slots: {} } } }
  t.equal(say(reason), 'pos-17 failed: No disk was found in this machine; retry it, or have it reprovisioned')
  t.equal(say(reason, spoken), '<run-failed <no-disk-found>>')
})

await t.test('what was stored or sent is read, whatever it is', async (t) => {
  const reason: Reason = { code: 'disk-too-small', slots: { bytes: 5 } }
  for (const [value, read] of [
    [reason, reason],
    [{ ...reason, text: 'is too small' }, reason],
    ['a sentence of before', told('a sentence of before')],
    [{ code: 'of-a-newer-agent', slots: { x: 1 }, text: 'in its own words' }, told('in its own words')],
    [{ code: 'disk-too-small', slots: {}, text: 'is too small' }, told('is too small')],
    [{ code: 'of-a-newer-agent' }, told('of-a-newer-agent')],
    [{ code: 'told', slots: { text: 7 } }, told('told')],
    ['', null],
    [null, null],
    [undefined, null],
    [{}, null],
    [7, null],
  ] as const)
    t.strictSame(readReason(value), read, JSON.stringify(value))
  t.equal(say({ code: 'of-a-newer-server', slots: {} }), 'of-a-newer-server')
  t.equal(say({ code: 'constructor', slots: {} }), 'constructor')
  t.equal(say(told('x'.repeat(5000))).length, 4096)
})
