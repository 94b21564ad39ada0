/** One thing that the operator's tool does. */
export interface Verb {
  /** as typed, e.g. `nodes add` */
  name: string
  summary: string
  /** the whole text of --help */
  help: string
  run(argv: string[], env: NodeJS.ProcessEnv): Promise<void>
}
