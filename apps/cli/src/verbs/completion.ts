import { scripts } from '../completion/scripts.ts'
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
