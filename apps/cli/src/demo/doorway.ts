import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { Refusal } from '../refusal.ts'

/** So many connections at once: some pages of a browser, each with a stream of events. */
export const MOST_CONNECTIONS = 128
/** Milliseconds until what runs on the other side must be there. */
const PATIENCE_MS = 20_000
/** What the program on the other side prints when it takes connections. */
export const OPEN = 'open'

/** Lets two connections talk to each other until one of them ends; what it said last still arrives. */
export function couple(near: Socket, far: Socket): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroySoon())
  }
}

/**
 * A port of this machine's loopback that leads into a network namespace: sockets of the file system are no namespace's, so
 * a program inside takes connections by one of these and makes them anew there.
 */
export class Doorway implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #ends: Set<Socket>

  private constructor(server: Server, ends: Set<Socket>) {
    this.port = (server.address() as AddressInfo).port
    this.#server = server
    this.#ends = ends
  }

  /**
   * @param path of the socket that the program inside listens at
   * @param inside that program (doorway-inside.ts), started; who started it ends it
   * @throws Refusal when it is not there in time
   */
  static async open(path: string, inside: ChildProcess): Promise<Doorway> {
    await isOpen(inside)
    const ends = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(path)
      for (const end of [near, far]) {
        ends.add(end)
        end.on('close', () => ends.delete(end))
      }
      couple(near, far)
    })
    server.maxConnections = MOST_CONNECTIONS
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Doorway(server, ends)
  }

  /** Takes no more, and ends what goes through. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const end of this.#ends) end.destroy()
    await closed
  }
}

/** Resolves when the program inside says that it takes connections. */
function isOpen(inside: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(
    () => reject(new Refusal('the way to the demo’s dashboard was not there in time')),
    PATIENCE_MS,
  )
  inside.on('exit', (code) => reject(new Refusal(`the way to the demo’s dashboard ended with ${code}`)))
  createInterface({ input: inside.stdout! }).on('line', (line) => line === OPEN && resolve())
  return promise.finally(() => clearTimeout(timer))
}
