/** A reason why a verb cannot do what was asked: one sentence with the remedy; `lines` go on below it. */
export class Refusal extends Error {
  readonly exitCode: number

  readonly lines: readonly string[]

  constructor(message: string, exitCode = 1, lines: readonly string[] = []) {
    super(message)
    this.name = 'Refusal'
    this.exitCode = exitCode
    this.lines = lines
  }
}
