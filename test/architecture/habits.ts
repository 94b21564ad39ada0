import { basename, extname } from 'node:path'
import type { SourceTree } from './source-tree.ts'

export const MOST_LINES = 400
export const MEDIAN_LINES = 80
export const P95_LINES = 250

/** Files above 400 lines, and a median or 95th percentile above what keeps the house readable. */
export function overgrown({ files }: SourceTree): string[] {
  const wrong = files
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${MOST_LINES}`)
  const lines = files.map((file) => file.lines).sort((a, b) => a - b)
  const at = (share: number) => lines[Math.ceil(share * lines.length) - 1] ?? 0
  if (at(0.5) > MEDIAN_LINES) wrong.push(`the median file has ${at(0.5)} lines, at most ${MEDIAN_LINES}`)
  if (at(0.95) > P95_LINES) wrong.push(`the 95th percentile is ${at(0.95)} lines, at most ${P95_LINES}`)
  return wrong
}

/** Files and folders whose name says nothing about what a machine or an operator meets. */
export function junkDrawers({ files }: SourceTree): string[] {
  const drawer = /^(utils?|common|lib|types|helpers?)$/
  return files
    .filter(({ path }) =>
      [...path.split('/').slice(0, -1), basename(path, extname(path))].some((name) => drawer.test(name)),
    )
    .map(({ path }) => `${path}: name it after what it is about`)
}

/** Reads of the environment outside an app's main.ts; tests and what builds the product are free. */
export function environmentReads({ files }: SourceTree): string[] {
  return files
    .filter(({ kind, workspace }) => kind === 'src' && workspace !== 'deploy')
    .filter(({ path }) => !/^apps\/[^/]+\/src\/main\.tsx?$/.test(path))
    .filter(({ code }) =>
      /\bprocess\??\.?(\.env\b|\[['"]env['"]\])|import\s*{[^}]*\benv\b[^}]*}\s*from\s*['"]node:process/.test(code),
    )
    .map(({ path }) => `${path}: reads the environment; main.ts does, and hands over what is needed`)
}

/** where bytes and decisions are: everything they need is an argument */
const pure = [
  /^packages\/dhcp-proxy\/src\/(?!server|index)/,
  /^packages\/tftp\/src\/(packet|negotiation|transfer|name)\.ts$/,
  /^packages\/workflow\/src\//,
  /^packages\/cloud-config\/src\//,
  /^packages\/edge-config\/src\//,
]
const impurities: [RegExp, string][] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, 'reads the clock: take `now` as an argument'],
  [/\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/, 'makes up numbers: take them as an argument'],
  [/\bset(Timeout|Interval|Immediate)\(/, 'waits: give the time back as a value'],
  [/['"]node:(fs|net|dgram|http|https|tls|child_process|timers|os|worker_threads)(\/|['"])/, 'touches the world'],
]

/** Clocks, chance, timers and the outer world in packages that are to be pure. */
export function impure({ files }: SourceTree): string[] {
  return files
    .filter(({ path }) => pure.some((pattern) => pattern.test(path)))
    .flatMap(({ path, code }) =>
      impurities.filter(([pattern]) => pattern.test(code)).map(([, what]) => `${path}: ${what}`),
    )
}

/**
 * Test files that both wait and assert at their top level: tap ends a file by itself when it has asserted and is then
 * idle for a turn, and what comes after fails as "assertion after automatic end", now and then.
 */
export function assertionsInTheOpen({ files }: SourceTree): string[] {
  const asserts = /^(?:await )?t\.(?!(?:test|teardown|before|after|comment|setTimeout)\()\w+\(/
  const waits = /^(?!await t\.test\()(?:\S.*)?\bawait /
  return files
    .filter(({ path }) => path.endsWith('.test.ts'))
    .filter(({ code }) => {
      const lines = code.split('\n')
      return lines.some((line) => asserts.test(line)) && lines.some((line) => waits.test(line))
    })
    .map(({ path }) => `${path}: waits and asserts outside of t.test`)
}
