import { type Alias, type Document, isCollection, isPair, isSeq, type Node, visit, type YAMLError } from 'yaml'
import { Field, type YamlSource } from './field.ts'
import { parseDocuments } from './libyaml.ts'
import type { Notes, Spot } from './notes.ts'
import { followed, nameOf } from './pairs.ts'

/** What one text may hold at most. */
export interface YamlLimits {
  documents: number
  /** mappings and lists that lie in each other */
  depth: number
  /** `*name`s in one document */
  aliases: number
}

/**
 * The YAML documents of a text, of which every scalar is the text that stands there: no number, date, null or truth.
 * What cannot be read is told, and null stands in its place.
 */
export function parseYaml(source: YamlSource, notes: Notes, limits: YamlLimits): (Field | null)[] {
  const documents = parseDocuments(source.text)
  const spotOf = (offset: number): Spot => ({ ...source.placeOf(offset), path: '' })
  if (documents.length > limits.documents) {
    notes.mistake(spotOf(0), `More than ${limits.documents} documents`, 'Put what is needed into a file of its own.')
    return []
  }
  return documents.map((document) => {
    // also where a tab has upset the rest
    const isSingle = tellDoubled(document, spotOf, notes)
    const isSound =
      tellErrors(document.errors, spotOf, notes, source.sourceAt !== undefined) &&
      isSingle &&
      tellTags(document, spotOf, notes) &&
      tellDepth(document, spotOf, notes, limits) &&
      tellAliases(document, spotOf, notes, limits)
    const { contents } = document
    if (!isSound || !contents) return null
    return new Field(contents as Node, '', { document, source, notes }, contents.range?.[0] ?? 0)
  })
}

type SpotOf = (offset: number) => Spot

const SPACES = 'Indent with spaces.'
const MEND_RENDERED =
  'Mend it. Where a value of the template stands there, put it in quotes: {{ .value | toJson }} writes any text so.'

function tellErrors(errors: YAMLError[], spotOf: SpotOf, notes: Notes, isRendered: boolean): boolean {
  const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT')
  for (const { pos } of tabs) notes.mistake(spotOf(pos[0]), 'The line is indented with a tab', SPACES)
  // what else is wrong then may be wrong because of the tab; of other faults, too, the first is the cause
  const [first] = tabs.length > 0 ? [] : errors
  if (first?.code === 'RESOURCE_EXHAUSTION') tooDeep(spotOf(first.pos[0]), notes)
  else if (first) {
    const sentence = first.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')
    notes.mistake(spotOf(first.pos[0]), `This is no YAML: ${sentence}`, isRendered ? MEND_RENDERED : 'Mend it.')
  }
  return errors.length === 0
}

function tellDoubled(document: Document, spotOf: SpotOf, notes: Notes): boolean {
  let isSound = true
  visit(document, {
    Map(_, map, ancestors) {
      const lines = new Map<string, number>()
      for (const { key } of map.items as { key: Node }[]) {
        const name = nameOf(key)
        const spot = spotOf(key.range?.[0] ?? 0)
        const first = lines.get(name)
        lines.set(name, first ?? spot.line)
        if (first === undefined || name === '<<' || name === '') continue
        isSound = false
        spot.path = pathOf([...ancestors, map], name)
        notes.mistake(spot, `${name} stands there twice, first in line ${first}`, ONE_OF_THEM)
      }
    },
  })
  return isSound
}

const ONE_OF_THEM = 'Leave one of them out, or put what they hold into one.'

/** As fields have it: `tasks[0].actions`. */
function pathOf(nodes: readonly unknown[], name: string): string {
  const parts = nodes.map((node, index) => {
    if (isPair(node)) return `.${nameOf(node.key)}`
    return isSeq(node) ? `[${node.items.indexOf(nodes[index + 1])}]` : ''
  })
  return `${parts.join('')}.${name}`.slice(1)
}

function tellTags(document: Document, spotOf: SpotOf, notes: Notes): boolean {
  let isSound = true
  visit(document, {
    Value(_, { tag, range }) {
      if (tag === undefined || tag === 'tag:yaml.org,2002:str') return
      notes.mistake(spotOf(range?.[0] ?? 0), 'A type is given with !', 'Leave it out: every value is the text it is.')
      isSound = false
    },
  })
  return isSound
}

function tooDeep(spot: Spot, notes: Notes): void {
  notes.mistake(spot, 'Too many mappings or lists lie in each other', 'Write what is needed and no more.')
}

function tellDepth(document: Document, spotOf: SpotOf, notes: Notes, limits: YamlLimits): boolean {
  let isSound = true
  visit(document, {
    Collection(_, node, path) {
      if (path.filter(isCollection).length < limits.depth) return undefined
      tooDeep(spotOf(node.range?.[0] ?? 0), notes)
      isSound = false
      return visit.BREAK
    },
  })
  return isSound
}

/** An alias of something with aliases multiplies (a "billion laughs"); alone it is as large as what it names. */
function tellAliases(document: Document, spotOf: SpotOf, notes: Notes, limits: YamlLimits): boolean {
  const aliases: Alias[] = []
  visit(document, {
    Alias(_, alias) {
      aliases.push(alias)
    },
  })
  const tell = (alias: Alias, sentence: string, remedy: string) => {
    notes.mistake(spotOf(alias.range?.[0] ?? 0), sentence, remedy)
    return false
  }
  const tooMany = aliases[limits.aliases]
  if (tooMany) return tell(tooMany, `More than ${limits.aliases} aliases`, 'Write out what they name.')
  // a long list may be named often
  const plain = new Set<Node>()
  return aliases.every((alias) => {
    const target = followed(alias, document)
    if (!target) return tell(alias, `There is no &${alias.source} before this alias`, 'Name it, or write it out.')
    if (plain.has(target) || !holdsAlias(target)) {
      plain.add(target)
      return true
    }
    return tell(alias, `The alias *${alias.source} names what holds aliases itself`, 'Write one of them out.')
  })
}

function holdsAlias(node: Node): boolean {
  let holds = false
  visit(node, {
    Alias() {
      holds = true
      return visit.BREAK
    },
  })
  return holds
}
