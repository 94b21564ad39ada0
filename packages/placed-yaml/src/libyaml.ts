import { Composer, type Document, Lexer, Parser } from 'yaml'

/** What there is of `yaml`'s lexer, beside its types: it indents what follows at least so far. */
interface Inside {
  indentNext: number
  parseQuotedScalar(): Generator<string, unknown>
}

/**
 * The documents of a text. As libyaml, which Tinkerbell and PyYAML read with, and other than YAML 1.2 has it, the further lines of
 * a quoted scalar may be indented as little as its key: Intel's templates have such.
 */
export function parseDocuments(text: string): Document[] {
  const lexer = new Lexer()
  const inside = lexer as unknown as Inside
  const parseQuotedScalar = inside.parseQuotedScalar.bind(lexer)
  inside.parseQuotedScalar = function* () {
    const { indentNext } = inside
    inside.indentNext = 0
    const next = yield* parseQuotedScalar()
    inside.indentNext = indentNext
    return next
  }
  const parser = new Parser()
  function* tokens() {
    for (const lexeme of lexer.lex(text)) yield* parser.next(lexeme)
    yield* parser.end()
  }
  return [...new Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' }).compose(tokens())]
}
