import type { SourceTree } from './source-tree.ts'

/** Where words are read all the same: they are that module's own, or of somebody who gives nothing else. */
export const readers: Record<string, string> = {
  'apps/cli/src/failure.ts':
    'a REST field’s prefix is its path, which the sentence begins with; Node’s parseArgs names the wrong flag only in words',
  'packages/registry/src/database/down.ts': 'pg and Prisma tell of a lost connection in words, with no code',
  'packages/registry/src/filter/scanner.ts': 'the text is a filter, which it parses',
  'packages/registry/src/filter/condition.ts': 'the text is a value of a filter, with its wildcards',
}

const methods = 'match|matchAll|search|startsWith|endsWith|includes|indexOf|lastIndexOf|replace|replaceAll|split'
const within = String.raw`(?:[^()]|\((?:[^()]|\([^()]*\))*\))*`
/** `x.message`, a `message` taken out of something, `say(x)`; not `reason.code`. A bare `text` can be any. */
const prose = String.raw`(?:(?<!\.\.)\.(?:reason|message|text|summary|detail)|(?<![\w$.])(?:reason|message|summary|detail|say\(${within}\)))`
/** what leaves the words as they are */
const same = String.raw`(?:\s*(?:\?\?|\|\|)\s*""|\)|\.(?:trim|toLowerCase|toUpperCase|toString)\(\))*`
const whole = String.raw`(?![\w$]|\s*[(:]|\??\.(?!(?:trim|toLowerCase|toUpperCase|toString)\b))`

const readings = [
  // Lines and NULs are the form of a text, not what it says.
  new RegExp(String.raw`${prose}${same}\??\.(?:${methods})\((?!"\\[n0]")`),
  new RegExp(String.raw`\.(?:test|exec|includes|has)\((?:String\()?${within}?${prose}${whole}`),
  new RegExp(String.raw`(?<!typeof [\w$.?]*)${prose}${same}\s*[!=]==?\s*["'\x60](?!["'\x60])`),
  new RegExp(String.raw`(?<!["'\x60])["'\x60]\s*[!=]==?\s*[\w$.?]*${prose}${whole}`),
  new RegExp(String.raw`\bswitch \([\w$.?]*${prose}${same}\) \{`),
]

/**
 * Lines of the product that take a sentence apart which was made for a person: a module tells another what it means by
 * a code, its slots, or a field of its own. `allowed` names the files that may, each of which must still do so.
 */
export function readsProse({ files }: SourceTree, allowed: Record<string, string> = readers): string[] {
  const found = files
    .filter(({ kind, workspace }) => kind === 'src' && workspace.includes('/'))
    .flatMap(({ path, code }) =>
      code
        .split('\n')
        .filter((line) => readings.some((reading) => reading.test(line)))
        .map((line) => ({ path, line: line.trim() })),
    )
  const reads = new Set(found.map(({ path }) => path))
  return [
    ...found.filter(({ path }) => !(path in allowed)).map(({ path, line }) => `${path}: reads a sentence: ${line}`),
    ...Object.keys(allowed)
      .filter((path) => !reads.has(path))
      .map((path) => `${path}: need not be named as a reader of sentences`),
  ]
}
