/** How the bytes of a file become text; named as the report names it, and as TextDecoder knows it. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

const marks: [Encoding, number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/**
 * PURE but for its own state: tells the encoding of a file whose bytes go by. A byte order mark decides; else text that is
 * valid UTF-8 from its first to its last byte is that, and all else is Windows-1252, in which spreadsheets save a "CSV".
 */
export class EncodingWatch {
  #start = new Uint8Array()
  #decoder: InstanceType<typeof TextDecoder> | null = new TextDecoder('utf-8', { fatal: true })

  add(bytes: Uint8Array): void {
    if (this.#start.length < 3) this.#start = Buffer.concat([this.#start, bytes.subarray(0, 3)])
    this.#try(() => this.#decoder?.decode(bytes, { stream: true }))
  }

  /** @returns the encoding, and whether a byte order mark said so */
  end(): { encoding: Encoding; mark: boolean } {
    this.#try(() => this.#decoder?.decode())
    const marked = marks.find(([, mark]) => mark.every((byte, index) => this.#start[index] === byte))
    if (marked) return { encoding: marked[0], mark: true }
    return { encoding: this.#decoder ? 'utf-8' : 'windows-1252', mark: false }
  }

  #try(decode: () => void): void {
    try {
      decode()
    } catch {
      this.#decoder = null
    }
  }
}
