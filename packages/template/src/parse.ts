import { type Piece, scan, type Token } from './scan.ts'
import { TemplateError } from './source.ts'

/** What yields a value. `at`: where it stands in the source. */
export type Expression = { at: number } & (
  | { kind: 'dot' }
  | { kind: 'nil' }
  | { kind: 'literal'; value: string | bigint | number | boolean }
  | { kind: 'field'; path: string[] }
  | { kind: 'variable'; name: string; path: string[] }
  | { kind: 'function'; name: string }
  | { kind: 'pipe'; pipe: Pipe; path: string[] }
)

interface Command {
  at: number
  words: [Expression, ...Expression[]]
}

export interface Pipe {
  at: number
  variables: string[]
  /** `=` and not `:=` */
  assigns: boolean
  commands: [Command, ...Command[]]
}

export type Node = { at: number } & (
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipe: Pipe }
  | { kind: 'if' | 'with' | 'range'; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: 'template'; name: string; pipe: Pipe | null }
  | { kind: 'break' | 'continue' }
)

export interface Parsed {
  root: Node[]
  defined: Map<string, Node[]>
}

const MOST_DEEP = 100
const MOST_VARIABLES = 200
const KEYWORDS = new Set('block break continue define else end if range template with'.split(' '))

/**
 * Parses a template of Go's text/template.
 * @param isFunction whether there is such a function; an unknown one is refused by `refuse`
 * @throws TemplateError
 */
export function parse(source: string, isFunction: (name: string) => boolean, refuse: (name: string) => string): Parsed {
  return new Parser(source, isFunction, refuse).parse()
}

class Parser {
  readonly #source: string
  readonly #isFunction: (name: string) => boolean
  readonly #refuse: (name: string) => string
  readonly #pieces: Piece[]
  readonly #defined = new Map<string, Node[]>()
  #next = 0
  #depth = 0
  #ranges = 0
  #variables = ['$']
  /** of the action at hand */
  #tokens: Token[] = []
  #token = 0
  #action = { at: 0, end: 0 }

  constructor(source: string, isFunction: (name: string) => boolean, refuse: (name: string) => string) {
    this.#source = source
    this.#isFunction = isFunction
    this.#refuse = refuse
    this.#pieces = scan(source)
  }

  parse(): Parsed {
    const { nodes, ended } = this.#list()
    if (ended) this.#fail(`${ended} without what it ends`, this.#action.at)
    return { root: nodes, defined: this.#defined }
  }

  #fail(sentence: string, at = this.#peek()?.at ?? this.#action.end - 2): never {
    throw new TemplateError(this.#source, at, sentence)
  }

  /** Up to an `end` or `else`, of which the word is taken, or to the end of the source. */
  #list(): { nodes: Node[]; ended: 'end' | 'else' | null } {
    if (++this.#depth > MOST_DEEP) this.#fail(`more than ${MOST_DEEP} actions lie in each other`)
    const nodes: Node[] = []
    for (let piece = this.#pieces[this.#next++]; piece; piece = this.#pieces[this.#next++]) {
      if ('text' in piece) {
        nodes.push({ kind: 'text', at: piece.at, text: piece.text })
        continue
      }
      this.#action = piece
      this.#tokens = piece.tokens
      this.#token = 0
      const first = this.#peek()
      const keyword = first?.type === 'word' && KEYWORDS.has(first.name) ? first.name : null
      if (keyword) this.#token += 1
      if (keyword === 'end' || keyword === 'else') {
        if (keyword === 'end') this.#close('end')
        this.#depth -= 1
        return { nodes, ended: keyword }
      }
      const node = keyword ? this.#control(keyword, piece.at) : this.#plain(piece.at)
      if (node) nodes.push(node)
    }
    this.#depth -= 1
    return { nodes, ended: null }
  }

  #plain(at: number): Node {
    const pipe = this.#pipe('the action')
    this.#close('the action')
    return { kind: 'action', at, pipe }
  }

  #control(keyword: string, at: number): Node | null {
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(keyword, at)
      case 'break':
      case 'continue':
        this.#close(keyword)
        if (this.#ranges === 0) this.#fail(`${keyword} outside of a range`, at)
        return { kind: keyword, at }
      case 'template': {
        const name = this.#string('template')
        const pipe = this.#peek() ? this.#pipe('template') : null
        this.#close('template')
        return { kind: 'template', at, name, pipe }
      }
      case 'block': {
        const name = this.#string('block')
        const pipe = this.#pipe('block')
        this.#close('block')
        this.#define(name, at)
        return { kind: 'template', at, name, pipe }
      }
      default: {
        if (this.#depth > 1) this.#fail('define stands outside of all other actions', at)
        const name = this.#string('define')
        this.#close('define')
        this.#define(name, at)
        return null
      }
    }
  }

  /** The body of `define` and `block`: variables from outside are not seen there. */
  #define(name: string, at: number): void {
    const [variables, ranges] = [this.#variables, this.#ranges]
    this.#variables = ['$']
    this.#ranges = 0
    const { nodes, ended } = this.#list()
    if (ended !== 'end') this.#fail(`${name} is not closed: {{end}} is missing`, at)
    this.#variables = variables
    this.#ranges = ranges
    const isEmpty = nodes.every((node) => node.kind === 'text' && node.text.trim() === '')
    const before = this.#defined.get(name)
    // Go keeps the first one that is not empty and refuses a second one of the same source
    if (before && !isEmpty && before.some((node) => node.kind !== 'text' || node.text.trim() !== ''))
      this.#fail(`${name} is defined twice`, at)
    if (!before || !isEmpty) this.#defined.set(name, nodes)
  }

  #branch(keyword: 'if' | 'with' | 'range', at: number): Node {
    const scope = this.#variables.length
    const pipe = this.#pipe(keyword, keyword === 'range')
    this.#close(keyword)
    if (keyword === 'range') this.#ranges += 1
    const { nodes: body, ended } = this.#list()
    if (keyword === 'range') this.#ranges -= 1
    const otherwise = ended === 'else' ? this.#otherwise(keyword, at) : []
    if (ended === null) this.#fail(`${keyword} is not closed: {{end}} is missing`, at)
    this.#variables.length = scope
    return { kind: keyword, at, pipe, body, otherwise }
  }

  #otherwise(keyword: 'if' | 'with' | 'range', at: number): Node[] {
    const next = this.#peek()
    if (next?.type === 'word' && next.name === keyword && keyword !== 'range') {
      this.#token += 1
      // it lies in the one before it, and closes with the end of the whole
      this.#depth += 1
      const node = this.#branch(keyword, next.at)
      this.#depth -= 1
      return [node]
    }
    this.#close('else')
    const { nodes, ended } = this.#list()
    if (ended === 'else') this.#fail(`a second else of one ${keyword}`, this.#action.at)
    if (ended === null) this.#fail(`${keyword} is not closed: {{end}} is missing`, at)
    return nodes
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#token]
  }

  #isSign(sign: string): boolean {
    const token = this.#peek()
    return token?.type === 'sign' && token.sign === sign
  }

  #close(what: string): void {
    if (this.#peek()) this.#fail(`${what} is followed by something that does not belong there`)
  }

  #string(what: string): string {
    const token = this.#peek()
    if (token?.type !== 'string') this.#fail(`${what} is followed by a name in quotes`)
    this.#token += 1
    return token.value
  }

  #pipe(what: string, mayBeTwo = false): Pipe {
    const at = this.#peek()?.at ?? this.#action.at
    const { variables, assigns } = this.#declared(mayBeTwo)
    const commands: Command[] = []
    for (;;) {
      const command = this.#command()
      if (!command) this.#fail(`${what} lacks a value`)
      if (commands.length > 0 && !isCallable(command.words[0]))
        this.#fail('what stands behind a | must be a function', command.at)
      commands.push(command)
      if (!this.#isSign('|')) break
      this.#token += 1
    }
    if (!assigns) this.#variables.push(...variables)
    if (this.#variables.length > MOST_VARIABLES) this.#fail(`more than ${MOST_VARIABLES} variables are seen here`, at)
    return { at, variables, assigns, commands: commands as Pipe['commands'] }
  }

  /** `$x :=`, `$x =`, and in a range `$key, $value :=`. */
  #declared(mayBeTwo: boolean): { variables: string[]; assigns: boolean } {
    const [one, sign, two, last] = this.#tokens.slice(this.#token, this.#token + 4)
    const isSign = (token: Token | undefined, ...signs: string[]) =>
      token?.type === 'sign' && signs.includes(token.sign)
    if (one?.type !== 'variable') return { variables: [], assigns: false }
    if (isSign(sign, ':=', '=')) {
      this.#token += 2
      const assigns = isSign(sign, '=')
      if (assigns) this.#known(one.name, one.at)
      return { variables: [one.name], assigns }
    }
    if (!isSign(sign, ',')) return { variables: [], assigns: false }
    if (!mayBeTwo) this.#fail('two variables are declared in a range alone', one.at)
    if (two?.type !== 'variable' || !isSign(last, ':=', '=')) this.#fail('a range declares $key, $value := …', one.at)
    this.#token += 4
    const assigns = isSign(last, '=')
    if (assigns) for (const { name, at } of [one, two]) this.#known(name, at)
    return { variables: [one.name, two.name], assigns }
  }

  #known(name: string, at: number): void {
    if (!this.#variables.includes(name)) this.#fail(`there is no variable ${name} here`, at)
  }

  /** Null when nothing stands there. */
  #command(): Command | null {
    const words: Expression[] = []
    for (let token = this.#peek(); token; token = this.#peek()) {
      if (token.type === 'sign' && ['|', ')'].includes(token.sign)) break
      const before = this.#tokens[this.#token - 1]
      if (words.length > 0 && before && before.end === token.at) this.#fail('a space is missing', token.at)
      words.push(this.#operand(token))
    }
    return words.length === 0 ? null : { at: words[0]!.at, words: words as Command['words'] }
  }

  #operand(token: Token): Expression {
    const { at } = token
    this.#token += 1
    switch (token.type) {
      case 'string':
      case 'number':
        return this.#alone({ kind: 'literal', at, value: token.value })
      case 'field':
        return { kind: 'field', at, path: [token.name, ...this.#path(token.end)] }
      case 'variable':
        this.#known(token.name, at)
        return { kind: 'variable', at, name: token.name, path: this.#path(token.end) }
      case 'word':
        return this.#alone(this.#word(token.name, at))
      default:
        if (token.sign === '.') return this.#alone({ kind: 'dot', at })
        if (token.sign === '(') return this.#parenthesis(at)
        return this.#fail(`${token.sign} does not belong there`, at)
    }
  }

  #parenthesis(at: number): Expression {
    if (++this.#depth > MOST_DEEP) this.#fail(`more than ${MOST_DEEP} parentheses lie in each other`, at)
    const pipe = this.#pipe('the parenthesis')
    if (!this.#isSign(')')) this.#fail('a ) is missing')
    this.#depth -= 1
    const { end } = this.#tokens[this.#token++]!
    return { kind: 'pipe', at, pipe, path: this.#path(end) }
  }

  #word(name: string, at: number): Expression {
    if (name === 'nil') return { kind: 'nil', at }
    if (name === 'true' || name === 'false') return { kind: 'literal', at, value: name === 'true' }
    if (KEYWORDS.has(name)) this.#fail(`${name} stands at the beginning of an action`, at)
    if (!this.#isFunction(name)) this.#fail(this.#refuse(name), at)
    return { kind: 'function', at, name }
  }

  /** `.a.b` behind `end` without a space. */
  #path(end: number): string[] {
    const path: string[] = []
    for (let token = this.#peek(); token?.type === 'field' && token.at === end; token = this.#peek()) {
      path.push(token.name)
      end = token.end
      this.#token += 1
    }
    return path
  }

  #alone(expression: Expression): Expression {
    const [before, token] = [this.#tokens[this.#token - 1]!, this.#peek()]
    if (token?.type === 'field' && token.at === before.end) this.#fail('a field is taken of data or of a parenthesis')
    return expression
  }
}

/** A literal cannot take what is piped. */
const isCallable = ({ kind }: Expression) => !['literal', 'dot', 'nil'].includes(kind)
