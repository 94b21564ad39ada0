import type { Expression, Node, Parsed, Pipe } from './parse.ts'
import { show } from './print.ts'
import { Fault, TemplateError } from './source.ts'
import { isDict, isTrue, sortedKeys, typeName, type Value } from './value.ts'
import { stepsOver, stepsThrough } from './weight.ts'

/** A function of the language. Throws Fault. */
export interface Fn {
  /** how many arguments it takes, a piped one included */
  least: number
  most: number
  /** @param charge told how many steps it takes, before it takes them */
  call(args: Value[], charge: (steps: number) => void): Value
}

export interface Limits {
  /** UTF-16 units of what comes out */
  output: number
  /** evaluations: actions, passes of a range, calls, and what functions go through (weight.ts) */
  steps: number
  /** templates that call each other */
  depth: number
}

/** What came out, and of which part of the source each piece of it is. */
export interface Rendered {
  text: string
  /** in order; `from`: where in `text` it begins, `at`: where in the source, `isCopied`: it stands there word by word */
  pieces: { from: number; at: number; isCopied: boolean }[]
}

interface Place {
  dot: Value
  variables: { name: string; value: Value }[]
  depth: number
}

type Left = 'break' | 'continue' | null

/** Actions that lie in each other while they are evaluated, through all templates that call each other. */
const MOST_NESTED = 500
/** of a call */
const WORDS_A_STEP = 16

/**
 * Executes a parsed template.
 * @throws TemplateError where it stands: a missing value, a type that a function does not take, a limit
 */
export function evaluate(
  source: string,
  { root, defined }: Parsed,
  functions: ReadonlyMap<string, Fn>,
  data: Value,
  limits: Limits,
): Rendered {
  let output = ''
  const pieces: Rendered['pieces'] = []
  let steps = 0
  let nested = 0

  const fail = (at: number, sentence: string): never => {
    throw new TemplateError(source, at, sentence)
  }
  const step = (at: number, count = 1) => {
    steps += count
    if (steps > limits.steps) fail(at, `the template takes more than ${limits.steps} steps`)
  }
  const write = (at: number, text: string, isCopied: boolean) => {
    if (output.length + text.length > limits.output) fail(at, `more than ${limits.output} characters would come out`)
    if (text !== '') pieces.push({ from: output.length, at, isCopied })
    output += text
  }

  function list(nodes: Node[], place: Place): Left {
    const scope = place.variables.length
    let left: Left = null
    if (++nested > MOST_NESTED) fail(nodes[0]?.at ?? 0, `more than ${MOST_NESTED} actions lie in each other`)
    for (const node of nodes) {
      left = one(node, place)
      if (left) break
    }
    nested -= 1
    place.variables.length = scope
    return left
  }

  function one(node: Node, place: Place): Left {
    if (node.kind === 'text') {
      write(node.at, node.text, true)
      return null
    }
    step(node.at)
    switch (node.kind) {
      case 'action': {
        const value = pipeline(node.pipe, place)
        if (node.pipe.variables.length === 0) write(node.at, printed(value, node.pipe.at), false)
        return null
      }
      case 'if':
      case 'with':
        return branch(node, place)
      case 'range':
        range(node, place)
        return null
      case 'template':
        return call(node, place)
      default:
        return node.kind
    }
  }

  function printed(value: Value, at: number): string {
    if (value === null) return fail(at, 'there is no value to print')
    return placed(at, '', () => {
      step(at, stepsThrough([value]))
      return show(value)
    })
  }

  /** What a function does that does not know where it is called. */
  function placed<T>(at: number, name: string, call: () => T): T {
    try {
      return call()
    } catch (error) {
      if (error instanceof TemplateError) throw error
      const failed = error instanceof Fault ? '' : ' failed'
      return fail(at, `${name}${failed}${name || failed ? ': ' : ''}${(error as Error).message}`)
    }
  }

  function branch(node: Node & { kind: 'if' | 'with' | 'range' }, place: Place): Left {
    const scope = place.variables.length
    const value = pipeline(node.pipe, place)
    const chosen = isTrue(value)
    const dot = chosen && node.kind === 'with' ? value : place.dot
    const left = list(chosen ? node.body : node.otherwise, { ...place, dot })
    place.variables.length = scope
    return left
  }

  function range(node: Node & { kind: 'if' | 'with' | 'range' }, place: Place): void {
    const scope = place.variables.length
    const { variables, assigns } = node.pipe
    const value = pipeline({ ...node.pipe, variables: [] }, place)
    step(node.at, stepsOver([value]))
    let passes = 0
    for (const [key, item] of items(value, node.pipe.at)) {
      step(node.at)
      passes += 1
      const given = variables.length === 2 ? [key, item] : [item]
      for (const [at, name] of variables.entries()) set(place, name, given[at]!, assigns)
      const left = list(node.body, { ...place, dot: item })
      if (!assigns) place.variables.length = scope
      if (left === 'break') break
    }
    place.variables.length = scope
    if (passes === 0) list(node.otherwise, place)
  }

  function* items(value: Value, at: number): Generator<[Value, Value]> {
    if (value === null) return
    if (Array.isArray(value)) for (const [index, item] of value.entries()) yield [BigInt(index), item]
    else if (isDict(value)) for (const key of sortedKeys(value)) yield [key, value[key]!]
    else if (typeof value === 'bigint') for (let index = 0n; index < value; index++) yield [index, index]
    else fail(at, `range cannot go through ${typeName(value)}`)
  }

  function call(node: Node & { kind: 'template' }, place: Place): Left {
    const body = defined.get(node.name) ?? fail(node.at, `there is no template ${JSON.stringify(node.name)}`)
    if (place.depth >= limits.depth) fail(node.at, `more than ${limits.depth} templates call each other`)
    const dot = node.pipe ? pipeline(node.pipe, place) : null
    list(body, { dot, variables: [{ name: '$', value: dot }], depth: place.depth + 1 })
    return null
  }

  function set(place: Place, name: string, value: Value, assigns: boolean): void {
    const known = assigns ? place.variables.findLast((variable) => variable.name === name) : undefined
    if (known) known.value = value
    else place.variables.push({ name, value })
  }

  function pipeline(pipe: Pipe, place: Place): Value {
    let piped: Value | undefined
    for (const { words, at } of pipe.commands) piped = command(words, piped, at, place)
    const value = piped as Value
    for (const name of pipe.variables) set(place, name, value, pipe.assigns)
    return value
  }

  function command(words: Expression[], piped: Value | undefined, at: number, place: Place): Value {
    const [first, ...rest] = words as [Expression, ...Expression[]]
    if (first.kind === 'function') {
      step(at)
      return invoke(first.name, rest, piped, first.at, place)
    }
    if (rest.length > 0 || piped !== undefined) fail(first.at, 'only a function takes arguments')
    if (first.kind === 'nil') fail(first.at, 'nil alone is no value')
    return operand(first, place)
  }

  function operand(expression: Expression, place: Place): Value {
    switch (expression.kind) {
      case 'dot':
        return place.dot
      case 'nil':
        return null
      case 'literal':
        return expression.value
      case 'field':
        return follow(place.dot, expression.path, expression.at)
      case 'variable': {
        const { value } = place.variables.findLast(({ name }) => name === expression.name)!
        return follow(value, expression.path, expression.at)
      }
      case 'pipe':
        return follow(pipeline(expression.pipe, place), expression.path, expression.at)
      default:
        step(expression.at)
        return invoke(expression.name, [], undefined, expression.at, place)
    }
  }

  function follow(from: Value, path: string[], at: number): Value {
    let value = from
    for (const name of path) {
      if (value === null) fail(at, `there is nothing that could have a field ${name}`)
      if (!isDict(value)) fail(at, `${typeName(value)} has no field ${name}`)
      const of = value as { [key: string]: Value }
      if (!(name in of)) fail(at, `there is no ${name}${among(Object.keys(of))}`)
      value = of[name]!
    }
    return value
  }

  function invoke(name: string, words: Expression[], piped: Value | undefined, at: number, place: Place): Value {
    const count = words.length + (piped === undefined ? 0 : 1)
    const called = functions.get(name)!
    if (count < called.least || count > called.most) fail(at, `${name} takes ${countOf(called)}, not ${count}`)
    if (name === 'and' || name === 'or') return shortCircuit(name, words, piped, place)
    step(at, words.length / WORDS_A_STEP)
    const args = words.map((word) => operand(word, place))
    if (piped !== undefined) args.push(piped)
    return placed(at, name, () => called.call(args, (count) => step(at, count)))
  }

  function shortCircuit(name: 'and' | 'or', words: Expression[], piped: Value | undefined, place: Place): Value {
    let value: Value = null
    for (const word of words) {
      value = operand(word, place)
      if (isTrue(value) === (name === 'or')) return value
    }
    return piped === undefined ? value : piped
  }

  list(root, { dot: data, variables: [{ name: '$', value: data }], depth: 0 })
  return { text: output, pieces }
}

function countOf({ least, most }: Fn): string {
  if (least === most) return `${least} argument${least === 1 ? '' : 's'}`
  return `${least} arguments or more`
}

const MOST_NAMED = 8

/** What is there instead, if it can be told in a sentence. */
function among(names: string[]): string {
  if (names.length === 0) return ' (there is nothing at all)'
  const some = names.slice(0, MOST_NAMED).join(', ')
  return ` among ${some}${names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''}`
}
