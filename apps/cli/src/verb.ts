/** What a word of a verb names; completion asks the server for those that exist. */
export type Named =
  | 'node'
  | 'profile'
  | 'image'
  | 'workflow'
  | 'addon'
  | 'batch'
  | 'account'
  | 'secret'
  | 'key'
  | 'webhook'
  | 'import'

/** The flags that a verb's help names. */
export const flagsOf = ({ help }: Pick<Verb, 'help'>): string[] => [
  ...new Set([...help.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([flag]) => flag)),
]

/** One thing that the operator's tool does. */
export interface Verb {
  /** as typed, e.g. `nodes add` */
  name: string
  summary: string
  /** the whole text of --help */
  help: string
  /** what its words name, for completion; left out: files, or nothing that is known */
  names?: Named
  /** flags that take only these values, for completion */
  values?: Record<string, readonly string[]>
  run(argv: string[], env: NodeJS.ProcessEnv): Promise<void>
}
