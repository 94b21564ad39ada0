import type { Readable, Writable } from 'node:stream'

interface Pending {
  resolve: (value: unknown) => void
  reject: (cause: Error) => void
}

const COMMAND_TIMEOUT_MS = 20_000

/** QEMU's machine protocol (one JSON document a line) over two streams. */
export class Qmp {
  readonly #output: Writable
  readonly #pending = new Map<number, Pending>()
  readonly #events: string[] = []
  #rest = ''
  #lastId = 0
  #ended = false

  constructor(input: Readable, output: Writable) {
    this.#output = output
    output.on('error', () => this.#end())
    input.setEncoding('utf8')
    input.on('data', (text: string) => this.#read(text))
    input.on('close', () => this.#end())
    this.execute('qmp_capabilities').catch(() => {}) // a QEMU that ended at once says why by its exit
  }

  /** Names of the events so far: RESET, SHUTDOWN, … (the newest 1,000). */
  get events(): readonly string[] {
    return this.#events
  }

  /** Runs one command and resolves with what it returns; rejects when QEMU refuses it, ends, or is silent for 20 s. */
  async execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#ended) throw new Error(`QMP ${command}: the machine is off`)
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => reject(new Error(`QMP ${command}: no answer`)), COMMAND_TIMEOUT_MS)
    this.#pending.set(id, { resolve, reject })
    this.#output.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) this.#take(JSON.parse(line))
  }

  #take(message: { id?: number; event?: string; return?: unknown; error?: { desc: string } }): void {
    if (message.event) {
      this.#events.push(message.event)
      if (this.#events.length > 1000) this.#events.shift()
    }
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id)
    if (message.error) pending?.reject(new Error(`QMP: ${message.error.desc}`))
    else pending?.resolve(message.return)
  }

  #end(): void {
    this.#ended = true
    for (const { reject } of this.#pending.values()) reject(new Error('QMP: the machine went off'))
  }
}
