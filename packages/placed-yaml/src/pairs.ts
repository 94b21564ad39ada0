import { type Alias, type Document, isAlias, isCollection, isMap, isPair, isScalar, type Node, visit } from 'yaml'

/** The pairs of a mapping, with `<<` filled in. */
export function pairsOf(node: Node, document: Document): [Node, Node | null][] {
  const pairs = new Map<string, [Node, Node | null]>()
  const merged: Node[] = []
  for (const item of isMap(node) ? node.items : []) {
    const [key, value] = [item.key as Node, item.value as Node | null]
    const name = nameOf(key)
    if (name === '<<' && isScalar(key) && key.type === 'PLAIN') merged.push(...mergedFrom(value, document))
    else pairs.set(name, [key, value])
  }
  for (const from of merged)
    for (const [key, value] of pairsOf(from, document))
      if (!pairs.has(nameOf(key))) pairs.set(nameOf(key), [key, value])
  return [...pairs.values()]
}

/** A scalar as text, a key above all; '' for what is none. */
export const nameOf = (node: unknown): string => (isScalar<string | null>(node) ? (node.value ?? '') : '')

function mergedFrom(value: Node | null, document: Document): Node[] {
  const node = followed(value, document)
  if (isMap(node)) return [node]
  if (!isCollection(node)) return []
  return node.items.flatMap((item) => (isPair(item) ? [] : mergedFrom(item as Node, document)))
}

/** What an alias names; every other node itself. */
export function followed(node: Node | null, document: Document): Node | null {
  return isAlias(node) ? (targetsOf(document).get(node) ?? null) : node
}

const known = new WeakMap<Document, Map<Alias, Node>>()

/** What the aliases of a document name. `Alias.resolve` looks through the whole document for each. */
function targetsOf(document: Document): Map<Alias, Node> {
  const before = known.get(document)
  if (before) return before
  const targets = new Map<Alias, Node>()
  const named = new Map<string, Node>()
  visit(document, {
    Alias(_, alias) {
      const target = named.get(alias.source)
      if (target) targets.set(alias, target)
    },
    Value(_, node) {
      if (node.anchor !== undefined) named.set(node.anchor, node)
    },
  })
  known.set(document, targets)
  return targets
}
