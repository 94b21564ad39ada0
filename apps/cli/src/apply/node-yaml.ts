import type { Node } from '@eims/contracts'
import { harmlessJson } from '../harmless.ts'

/** What stays a text without quotation marks in every version of YAML. */
const PLAIN = /^[A-Za-z](?:[\w./ -]*[\w./-])?$/
const WORDS = /^(?:null|true|false|yes|no|on|off|y|n)$/i

/** PURE: a document of a node as `eims apply` takes it, unchanged to no effect. What the node has not is left out. */
export function nodeYaml(node: Node): string {
  const { name, serial, uuid, macs, manufacturer, product, profile, batch, account, metadata, disk } = node
  const netbootPolicy = node.netbootPolicy === 'allowed' ? null : node.netbootPolicy
  const { bootFile, secureBoot } = node
  const machine = { name, serial, uuid, macs, manufacturer, product }
  const plain = { ...machine, profile, batch, account, netbootPolicy, bootFile, secureBoot }
  return `---\nkind: Node\n${lines({ ...plain, disk, metadata }, '')}`
}

function lines(of: object, indent: string): string {
  return Object.entries(of)
    .filter(
      ([, value]) => value !== null && value !== undefined && Object.keys(Object(value)).length + +!isBlock(value) > 0,
    )
    .map(([key, value]) => {
      if (Array.isArray(value))
        return `${indent}${key}:\n${value.map((each) => `${indent}  - ${scalar(each)}\n`).join('')}`
      if (isBlock(value)) return `${indent}${key}:\n${lines(value as object, `${indent}  `)}`
      return `${indent}${scalar(key)}: ${scalar(value)}\n`
    })
    .join('')
}

const isBlock = (value: unknown) => typeof value === 'object' && value !== null

/** A JSON text is one of YAML, too. */
const scalar = (value: unknown): string =>
  typeof value === 'string' && PLAIN.test(value) && !WORDS.test(value) ? value : harmlessJson(value)
