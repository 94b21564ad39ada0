import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 200
const WINDOW_CHARS = 256 * 1024

/** UEFI firmware and systemd draw with escape sequences; patterns are matched against what a person reads. */
const ESC = String.fromCharCode(27)
const ESCAPES = new RegExp(`${ESC}(?:\\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[=>cDEHMNOZ78])`, 'g')

/** What a serial console shows, without escape sequences and carriage returns. Pure. */
export function readable(text: string): string {
  return text.replaceAll(ESCAPES, '').replaceAll('\r', '')
}

/** The file that QEMU writes a machine's serial console to. */
export class SerialConsole {
  readonly file: string
  /** byte from which waiting looks; moved by `mark` */
  #from = 0

  constructor(file: string) {
    this.file = file
  }

  /** From now on only what the machine says after this moment counts. */
  async mark(): Promise<void> {
    this.#from = (await this.#bytes(0)).length
  }

  /** Everything since the mark, readable (the newest 256 KiB). */
  async text(): Promise<string> {
    return readable((await this.#bytes(this.#from)).toString('latin1')).slice(-WINDOW_CHARS)
  }

  /**
   * Resolves with the match once the console shows `pattern` after the mark.
   * Rejects after `timeoutMs`, or as soon as `isOver` says that nothing more will come, with the console's last lines.
   */
  async waitFor(pattern: RegExp, timeoutMs: number, isOver: () => boolean = () => false): Promise<RegExpExecArray> {
    const start = performance.now()
    for (;;) {
      const over = isOver()
      const text = await this.text()
      const match = pattern.exec(text)
      if (match) return match
      const ms = Math.round(performance.now() - start)
      if (over || ms > timeoutMs) {
        const why = over ? 'the machine went off' : `${ms} ms passed`
        throw new Error(`${why} and the console did not show ${pattern}; its last lines:\n${text.slice(-1500)}`)
      }
      await sleep(POLL_MS)
    }
  }

  async #bytes(from: number): Promise<Buffer> {
    try {
      await using handle = await open(this.file)
      const { size } = await handle.stat()
      const bytes = Buffer.alloc(Math.max(0, size - from))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
      return bytes.subarray(0, bytesRead)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
      throw cause
    }
  }
}
