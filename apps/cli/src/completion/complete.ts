import { readFileSync } from 'node:fs'
import { type Candidate, type Completable, wanted } from './candidates.ts'

const SERVER_FLAGS = ['server', 'key', 'ca', 'data'] as const

/** What the shells' functions call: `__complete CURRENT WORD...`. Never says a word of its own. */
export async function complete([current = '', ...before]: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const verbs = JSON.parse(readFileSync(new URL('verbs.json', import.meta.url), 'utf8')) as Completable[]
  const next = wanted(before, current, verbs)
  if (next.kind === 'files') return void process.stdout.write(':files\n')
  const candidates = next.kind === 'words' ? next.words : await asked(next.of, before, current, env).catch(() => [])
  process.stdout.write(candidates.map(({ text, says }) => `${text}\t${says}\n`).join(''))
}

async function asked(
  of: Extract<ReturnType<typeof wanted>, { kind: 'names' }>['of'],
  before: string[],
  current: string,
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  const [{ connect }, { namesFrom }] = await Promise.all([import('../connection.ts'), import('./names.ts')])
  const flags: Partial<Record<(typeof SERVER_FLAGS)[number], string | undefined>> = {}
  for (const name of SERVER_FLAGS) {
    const at = before.indexOf(`--${name}`)
    if (at !== -1) flags[name] = before[at + 1]
  }
  return namesFrom(connect(flags, env), of, current.replace(/^--[^=]+=/, ''))
}
