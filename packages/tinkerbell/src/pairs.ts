import { type Document, isAlias, isCollection, isMap, isPair, isScalar, type Node } from 'yaml'

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
  return isAlias(node) ? (node.resolve(document) ?? null) : node
}
