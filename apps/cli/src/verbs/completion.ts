import { createClient } from '@eims/contracts'
import { type Candidate, wanted } from '../completion/candidates.ts'
import { namesFrom } from '../completion/names.ts'
import { scripts } from '../completion/scripts.ts'
import { type ConnectionFlags, chooseServer } from '../connection.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'

export const completion: Verb = {
  name: 'completion',
  summary: 'print what makes the shell complete verbs, flags and names',
  help: `usage: ./eims completion bash|zsh|fish

Load it in this shell, and put the same line where yours begins (~/.bashrc, ~/.zshrc, ~/.config/fish/config.fish):

  bash   source <(./eims completion bash)
  zsh    source <(./eims completion zsh)
  fish   ./eims completion fish | source

It works for whatever path eims is called by. Names of nodes, profiles, images, batches, accounts and keys come from the
server that is asked without flags, within a second and a half.
`,
  async run(argv) {
    const script = scripts[argv[0] ?? '']
    if (!script || argv.length > 1) throw new Refusal(`name one shell: ${Object.keys(scripts).join(', ')}`, 2)
    process.stdout.write(script)
  },
}

const SERVER_FLAGS = ['server', 'key', 'ca', 'data'] as const

/** What the shells' functions call: `__complete CURRENT WORD...`. Never says a word of its own. */
export const completing = (verbs: () => Verb[]): Verb => ({
  name: '__complete',
  summary: '',
  help: '',
  async run([current = '', ...before], env) {
    const next = wanted(before, current, verbs())
    if (next.kind === 'files') return void process.stdout.write(':files\n')
    const candidates = next.kind === 'words' ? next.words : await asked(next.of, before, current, env).catch(() => [])
    process.stdout.write(candidates.map(({ text, says }) => `${text}\t${says}\n`).join(''))
  },
})

async function asked(
  of: Parameters<typeof namesFrom>[1],
  before: string[],
  current: string,
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  const flags: ConnectionFlags = {}
  for (const name of SERVER_FLAGS) {
    const at = before.indexOf(`--${name}`)
    if (at !== -1) flags[name] = before[at + 1]
  }
  const { url, key } = chooseServer(flags, env)
  return namesFrom(createClient({ baseUrl: url, token: key }), of, current.replace(/^--[^=]+=/, ''))
}
