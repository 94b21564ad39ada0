import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  visit,
  type YAMLMap,
} from 'yaml'

/** Values of all documents, those that aliases repeat counted again: 10,000 nodes with 100 texts each. */
const MOST_VALUES = 1_000_000
const DEEPEST = 20

/** Where something stands: `file:line:column`, both from 1 on. */
export type Place = string

/** A value of a document, with the place of each field in it. */
export interface Placed {
  value: unknown
  /** of the field that a path of keys and numbers names, else of the nearest one around it */
  placeOf: (path: readonly PropertyKey[]) => Place
}

/** What cannot be a document for `apply`, and where. */
export class Misplaced extends Error {
  readonly place: Place

  constructor(place: Place, message: string) {
    super(message)
    this.place = place
  }
}

/**
 * Turns nodes of YAML into values. Every scalar is text, so that the serial 00123 keeps its zeros; an empty one, `~` and
 * `null` without quotation marks are null; a whole number is one where the field `isNumber` says so.
 */
export class Values {
  #left = MOST_VALUES
  readonly #meant = new WeakMap<Document, Map<Alias, Node>>()
  readonly #isNumber: (field: string) => boolean

  constructor(isNumber: (field: string) => boolean) {
    this.#isNumber = isNumber
  }

  /** @throws Misplaced for what nests too deep or repeats itself too often */
  read(node: Node, document: Document, file: string, lines: LineCounter): Placed {
    const places = new Map<string, Place>()
    const at = (of: Node) => {
      const { line, col } = lines.linePos(of.range?.[0] ?? 0)
      return `${file}:${line}:${col}`
    }
    const read = (of: Node | null, path: string[]): unknown => {
      if (of && !places.has(key(path))) places.set(key(path), at(of))
      if (--this.#left < 0) throw new Misplaced(at(of ?? node), 'is too much with all that its aliases repeat')
      if (path.length > DEEPEST) throw new Misplaced(at(of ?? node), `nests deeper than ${DEEPEST} levels`)
      if (isAlias(of)) {
        const meant = this.#meantIn(document).get(of)
        if (!meant) throw new Misplaced(at(of), `*${of.source} names nothing`)
        return read(meant, path)
      }
      if (isMap(of)) return this.#map(of, path, at, places, read)
      if (isSeq(of)) return of.items.map((each, index) => read(each as Node, [...path, String(index)]))
      return isScalar<string | null>(of) ? this.#scalar(of.value, of.type === 'PLAIN', path.at(-1) ?? '') : null
    }
    const value = read(node, [])
    return {
      value,
      placeOf(path) {
        for (let length = path.length; length > 0; length--) {
          const found = places.get(key(path.slice(0, length).map(String)))
          if (found) return found
        }
        return at(node)
      },
    }
  }

  #meantIn(document: Document): Map<Alias, Node> {
    const known = this.#meant.get(document)
    if (known) return known
    const meant = aliasesOf(document)
    this.#meant.set(document, meant)
    return meant
  }

  #map(
    of: YAMLMap,
    path: string[],
    at: (of: Node) => Place,
    places: Map<string, Place>,
    read: (of: Node | null, path: string[]) => unknown,
  ): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null)
    for (const { key: name, value } of of.items) {
      if (!isScalar(name)) throw new Misplaced(at(of), 'has a field whose name is no text')
      const below = [...path, String(name.value)]
      places.set(key(below), at(name))
      map[String(name.value)] = read(value as Node | null, below)
    }
    return map
  }

  #scalar(value: string | null, isPlain: boolean, field: string): unknown {
    const text = value ?? ''
    if (isPlain && /^(?:|~|null|Null|NULL)$/.test(text)) return null
    return isPlain && this.#isNumber(field) && /^-?\d{1,15}$/.test(text) ? Number(text) : text
  }
}

/** PURE: what each alias of a document stands for: the latest anchor of its name before it (YAML 1.2.2, 3.2.2.2). */
function aliasesOf(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>()
  const meant = new Map<Alias, Node>()
  visit(document, {
    Value(_key, value) {
      if (value.anchor) anchors.set(value.anchor, value)
    },
    Alias(_key, alias) {
      const value = anchors.get(alias.source)
      if (value) meant.set(alias, value)
    },
  })
  return meant
}

const key = (path: readonly string[]) => path.join('\0')
