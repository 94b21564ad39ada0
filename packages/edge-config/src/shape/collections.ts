import { type Field, meant, quoted } from '@eims/placed-yaml'
import { nameIn, type TextShape } from './scalars.ts'
import type { ReadOf, Schema, Shape } from './shape.ts'

interface ListRule<T> {
  /** what its items must be together */
  check?: (items: T[], at: (index: number) => Field) => void
  most: number
  /** where one alone may stand without a list, with a warning */
  orOne?: boolean
}

/** A list; of what is faulty in it only the rest comes out. Nothing is no list, `[]` is one of nothing. */
export function list<T>(says: string, of: Shape<T>, { most, orOne = false, check }: ListRule<T>): Shape<T[]> {
  return {
    read(field) {
      if (field.isEmpty) return undefined
      if (orOne && !isList(field)) {
        field.warning(`${nameIn(field.path)} is a list`, 'Write `- ` before it.')
        const one = of.read(field)
        return one === undefined ? undefined : [one]
      }
      const items = field.items(most)
      if (!items) return undefined
      const read = items.flatMap((item) => {
        if (item.isEmpty) item.mistake(`${nameIn(item.path)} is empty`, 'Write it, or take the - out.')
        const found = of.read(item)
        return found === undefined ? [] : [{ item, found }]
      })
      const values = read.map(({ found }) => found)
      check?.(values, (index) => read[index]?.item ?? field)
      return values
    },
    schema: { description: says, type: ['array', 'null'], maxItems: most, items: of.schema },
  }
}

/** A list of single words, which may also be written as one text with commas, as proxies and raw config-files have them. */
export function words(says: string, of: TextShape, most: number): Shape<string[]> {
  const asList = list(says, of, { most })
  return {
    read(field) {
      if (!field.isText || field.isEmpty) return asList.read(field)
      const parts = (field.text() ?? '').split(',').map((part) => part.trim())
      if (parts.length <= most) return parts.filter((part) => part !== '').flatMap((part) => of.take(part, field) ?? [])
      field.mistake(`${nameIn(field.path)} holds ${parts.length}, at most ${most} can be`, 'Take some out.')
      return undefined
    },
    schema: {
      description: says,
      anyOf: [asList.schema, { description: `${says} Separated by commas.`, type: 'string' }],
    },
  }
}

/** Whether it is a list, and no mapping or text. */
export const isList = (field: Field): boolean => field.isList

type Shapes = Record<string, Shape<unknown>>
type Mapped<F extends Shapes> = { [K in keyof F]?: ReadOf<F[K]> }

interface MappingRule<F extends Shapes> {
  required?: readonly (keyof F & string)[]
  /** what else a field is called elsewhere: read, with a warning */
  aliases?: Readonly<Record<string, keyof F & string>>
  /** names of what stands somewhere else here, and where */
  elsewhere?: Readonly<Record<string, string>>
  /** what its fields must be together */
  check?: (value: Mapped<F>, at: (name: keyof F & string) => Field) => void
}

/** A mapping of known fields. A name in another spelling (`no_proxy`, `HTTPProxy`) is read, with a warning. */
export function mapping<const F extends Shapes>(says: string, shapes: F, rule: MappingRule<F> = {}): Shape<Mapped<F>> {
  const { required = [], aliases = {}, elsewhere = {}, check } = rule
  const names = Object.keys(shapes)
  const folded = new Map([
    ...Object.entries(aliases).map(([name, meaning]) => [folds(name), meaning] as const),
    ...names.map((name) => [folds(name), name] as const),
  ])
  const nameOf = (given: string) => (Object.hasOwn(shapes, given) ? given : folded.get(folds(given)))
  return {
    read(field) {
      const given = field.isEmpty ? null : field.fields()
      if (!given) return undefined
      const taken = new Map<string, Field>()
      for (const [name, value] of given) {
        const known = nameOf(name)
        if (known === undefined) tellUnknown(value, name, names, elsewhere)
        else if (taken.has(known)) value.mistake(`${name} says what ${known} says already`, 'Leave one of them out.')
        else taken.set(known, value)
        if (known !== undefined && known !== name) value.warning(`${name} is read as ${known}`, `Write ${known}.`)
      }
      const read: Record<string, unknown> = {}
      for (const [name, value] of taken) {
        const found = shapes[name]!.read(value)
        if (found !== undefined) read[name] = found
      }
      for (const name of required)
        if (taken.get(name)?.isEmpty ?? true)
          field.mistake(`${field.path === '' ? '' : `${nameIn(field.path)}: `}${name} is missing`, `Write ${name}.`)
      check?.(read as Mapped<F>, (name) => taken.get(name) ?? field)
      // fields with nothing behind them say nothing, and so does what holds but them; {} says that there is none
      return taken.size > 0 && Object.keys(read).length === 0 ? undefined : (read as Mapped<F>)
    },
    schema: {
      description: says,
      type: ['object', 'null'],
      properties: Object.fromEntries(names.map((name) => [name, shapes[name]!.schema])),
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
    } satisfies Schema,
  }
}

const folds = (name: string) => name.toLowerCase().replace(/[_-]/g, '')

function tellUnknown(
  field: Field,
  name: string,
  names: readonly string[],
  elsewhere: Readonly<Record<string, string>>,
): void {
  const there = Object.entries(elsewhere).find(([each]) => folds(each) === folds(name))?.[1] ?? meant(name, names)
  field.mistake(
    `There is no field ${quoted(name).slice(1, -1)}${there ? `: did you mean ${there}?` : ''}`,
    there ? `Write ${there}, or leave it out.` : `Leave it out; there are ${names.join(', ')}.`,
  )
}
