import type { Place } from '@eims/contracts'
import { type Document, isMap, isScalar, isSeq, type Node, visit } from 'yaml'
import { meant, type Notes, quoted, type Spot } from './notes.ts'
import { followed, nameOf, pairsOf } from './pairs.ts'

/** A text of YAML, and where each part of it stands in the file. */
export interface YamlSource {
  text: string
  /** where what stands at an offset of `text` (UTF-16 units) stands in the file */
  placeOf: (offset: number) => Place
  /**
   * of a text that was rendered: the character of its template that an offset comes from, the first of an action where a
   * value stands there
   */
  sourceAt?: (offset: number) => string
}

interface Tree {
  document: Document
  source: YamlSource
  notes: Notes
}

/** The fields that a mapping may have: those that are read, and those that are not, with what is told of them then. */
export interface Known {
  read: readonly string[]
  /** '': it is not worth a word */
  unread?: Readonly<Record<string, string>>
  /** what an unknown one is */
  unknown: 'warning' | 'mistake'
}

/** A node of a YAML document, and where it stands. What it is not is told when it is asked for. */
export class Field {
  readonly path: string
  readonly #node: Node | null
  readonly #tree: Tree
  readonly #at: number

  constructor(node: Node | null, path: string, tree: Tree, at: number) {
    this.#node = followed(node, tree.document)
    this.path = path
    this.#tree = tree
    this.#at = node?.range?.[0] ?? at
  }

  get spot(): Spot {
    return { ...this.#tree.source.placeOf(this.#at), path: this.path }
  }

  mistake(sentence: string, remedy: string): null {
    this.#tree.notes.mistake(this.spot, sentence, remedy)
    return null
  }

  warning(sentence: string, remedy: string): void {
    this.#tree.notes.warning(this.spot, sentence, remedy)
  }

  /** Whether nothing stands there, which is as good as no field at all. */
  get isEmpty(): boolean {
    const node = this.#node
    return node === null || (isScalar(node) && node.type === 'PLAIN' && /^(?:~|null)?$/i.test(nameOf(node)))
  }

  /** The fields of a mapping by their names; nothing is an empty one. Null, and told, when it is no mapping. */
  fields(known?: Known): Map<string, Field> | null {
    if (this.isEmpty) return new Map()
    if (!isMap(this.#node))
      return this.mistake(`${this.#name} must be a mapping`, 'Write `name: value` lines below it.')
    const found = new Map<string, Field>()
    for (const [key, value] of pairsOf(this.#node, this.#tree.document)) {
      const name = nameOf(key)
      const field = this.#below(value, this.path === '' ? name : `${this.path}.${name}`, key)
      if (name === '') field.mistake('A name is missing before the :', 'Write `name: value`.')
      else found.set(name, field)
      if (known && name !== '') this.#tellUnread(key, name, known)
    }
    return found
  }

  #below(node: Node | null, path: string, key?: Node): Field {
    return new Field(node, path, this.#tree, key?.range?.[0] ?? this.#at)
  }

  #tellUnread(key: Node, name: string, { read, unread = {}, unknown }: Known): void {
    if (read.includes(name)) return
    const field = this.#below(key, this.path === '' ? name : `${this.path}.${name}`)
    if (Object.hasOwn(unread, name)) {
      if (unread[name] !== '') field.warning(unread[name]!, 'Leave it out, or leave it as it is.')
      return
    }
    const near = meant(name, [...read, ...Object.keys(unread)])
    field[unknown](
      `There is no field ${name}${near ? `: did you mean ${near}?` : ''}`,
      near ? `Write ${near}, or leave it out.` : `Leave it out; there are ${read.join(', ')}.`,
    )
  }

  /** The items of a list; nothing is an empty one. Null, and told, when it is no list or holds too many. */
  items(most: number): Field[] | null {
    if (this.isEmpty) return []
    if (!isSeq(this.#node)) return this.mistake(`${this.#name} must be a list`, 'Write `- item` lines below it.')
    const { items } = this.#node
    if (items.length > most)
      return this.mistake(`${this.#name} holds ${items.length}, at most ${most} can be`, 'Take some out.')
    return items.map((item, index) => this.#below(item as Node | null, `${this.path}[${index}]`))
  }

  /** Whether it is text, and no mapping or list. */
  get isText(): boolean {
    return this.#node === null || isScalar(this.#node)
  }

  /** A scalar as the text that stands in the file (`0600`, `~`, `1e3`), folded as YAML folds it. Null, and told, else. */
  text(): string | null {
    const node = this.#node
    if (node === null) return ''
    if (!isScalar(node)) return this.mistake(`${this.#name} must be text`, this.#quote)
    const text = nameOf(node)
    if (text.includes('\0')) return this.mistake(`${this.#name} holds a NUL character`, 'Take it out.')
    this.#tellCut(node)
    return text
  }

  /** ` #` in a rendered value without quotes begins a comment, and the rest of the value is gone without a word. */
  #tellCut(node: Node): void {
    const { comment, range } = node
    if (typeof comment !== 'string' || !range) return
    const { text, sourceAt } = this.#tree.source
    const at = text.indexOf('#', range[1])
    if (sourceAt && at >= 0 && at < range[2] && sourceAt(at) !== '#')
      this.warning(`${this.#name} ends before the #: to YAML the rest of the rendered value is a comment`, this.#quote)
  }

  /** The same for what is no value of a variable: nothing is no text. */
  word(): string | null {
    return this.isEmpty ? '' : this.text()
  }

  /** A whole number of at most `most`; null when nothing stands there. Null, and told, else. */
  number(most: number): number | null {
    const text = this.word()
    if (text === null || text === '') return null
    const number = /^\d{1,15}$/.test(text) && !/^0\d/.test(text) ? Number(text) : Number.NaN
    if (number <= most) return number
    return this.mistake(`${this.#name} must be a whole number from 0 to ${most}, and is ${quoted(text)}`, 'Write one.')
  }

  /** `true` or `false` as YAML writes them. Null, and told, else. */
  truth(): boolean | null {
    const text = this.word()
    if (text === null) return null
    if (/^(?:true|True|TRUE)$/.test(text)) return true
    if (/^(?:false|False|FALSE|)$/.test(text)) return false
    return this.mistake(`${this.#name} must be true or false, and is ${quoted(text)}`, 'Write one of them.')
  }

  /** For templates, which see the fields of documents. */
  toJS(): unknown {
    return this.#node?.toJS(this.#tree.document, { maxAliasCount: 1000 }) ?? null
  }

  /** How YAML writes the scalar that it is (`BLOCK_LITERAL`), and the text of its document from there on. */
  get written(): { style: string; from: string } {
    const style = isScalar(this.#node) ? (this.#node.type ?? '') : ''
    return { style, from: this.#tree.source.text.slice(this.#at) }
  }

  /** Whether it is a list. */
  get isList(): boolean {
    return isSeq(this.#node)
  }

  /**
   * Where each scalar of it that is written in a style (`QUOTE_DOUBLE`) begins, as offsets in the text; what an alias or `<<`
   * names only where it is written.
   */
  writtenAs(style: string): number[] {
    const found: number[] = []
    visit(this.#node, {
      Scalar(_, { type, range }) {
        if (type === style && range) found.push(range[0])
      },
    })
    return found
  }

  get #name(): string {
    return this.path === '' ? 'The document' : this.path.replace(/^.*\./, '')
  }

  get #quote(): string {
    const quote = 'Write it in quotes, or behind a |'
    return this.#tree.source.sourceAt
      ? `${quote}; a value of the template as {{ .value | toJson }}, which quotes any text.`
      : `${quote}.`
  }
}
