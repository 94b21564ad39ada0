import { isScalar, parseDocument, stringify } from 'yaml'
import { show } from '../print.ts'
import { isDict, sortedKeys, type Value } from '../value.ts'

/**
 * A value as sigs.k8s.io/yaml writes it: sorted keys, lists at the column of their key, text that would be read as something
 * else in double quotes, what YAML's signs would break in single ones; no line break at the end.
 */
export const toYaml = (value: Value): string => lines(value, '').join('\n')

/** @param pad what stands before what lies in a map or in a text of several lines */
function lines(value: Value, pad: string): string[] {
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((item) => {
      const [first = '', ...rest] = lines(item, '  ')
      return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))]
    })
  if (isDict(value) && sortedKeys(value).length > 0)
    return sortedKeys(value).flatMap((key) => entry(scalar(key), value[key]!))
  if (typeof value === 'string' && value.includes('\n')) return literal(value, pad)
  return [Array.isArray(value) ? '[]' : isDict(value) ? '{}' : scalar(value)]
}

function entry(key: string, value: Value): string[] {
  const below = lines(value, '  ')
  if (Array.isArray(value) && value.length > 0) return [`${key}:`, ...below]
  if (isDict(value) && sortedKeys(value).length > 0)
    return [`${key}:`, ...below.map((line) => (line === '' ? '' : `  ${line}`))]
  const [first = '', ...rest] = below
  return [`${key}: ${first}`, ...rest]
}

function literal(text: string, pad: string): string[] {
  if (/^[\s]|[^\P{Cc}\n\t]/u.test(text)) return [JSON.stringify(text)]
  const body = text.replace(/\n$/, '')
  const sign = text.endsWith('\n\n') ? '|+' : text.endsWith('\n') ? '|' : '|-'
  return [sign, ...body.split('\n').map((line) => (line === '' ? '' : `${pad || '  '}${line}`))]
}

/** Words that begin with a letter are text to YAML, all but these. */
const WORDS = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z](?:[\w ./-]*\w)?$/i

function scalar(value: Value): string {
  if (typeof value === 'number') return show(value).replace(/^(\+Inf|-Inf|NaN)$/, 'null')
  if (value === null) return 'null'
  if (typeof value !== 'string') return show(value)
  if (WORDS.test(value)) return value
  return isSomethingElse(value)
    ? JSON.stringify(value)
    : stringify(value, { version: '1.1', singleQuote: true, lineWidth: 0 }).trimEnd()
}

/** Whether plain text would be read as a number, a date, a truth or nothing, by YAML 1.1 or 1.2. */
function isSomethingElse(text: string): boolean {
  if (text === '' || /^0o[0-7]+$|^\d{4}-\d\d?-\d\d?([Tt ]|$)/.test(text)) return true
  const { contents } = parseDocument(text, { version: '1.1' })
  return (
    isScalar(contents) && contents.type === 'PLAIN' && contents.source === text && typeof contents.value !== 'string'
  )
}
