import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import type { Test } from 'tap'

interface Cable {
  admin: string
  cut(): void
  mend(): void
  /** lets so many bytes of bodies through to the server, and then none until it is told again */
  allow(bytes: number): void
}

/** What a request is, as a rule, but for the body of an upload. */
const SMALL = 16_384

/** A way to a server that can be cut and mended, as a cable is. */
export async function cableTo(t: Test, base: string): Promise<Cable> {
  const { hostname, port } = new URL(base)
  const ends = new Set<Socket>()
  let isCut = false
  let left = Number.POSITIVE_INFINITY
  const waiting: (() => void)[] = []
  const gate = () =>
    new Transform({
      transform(chunk: Buffer, _, pass) {
        const go = () => {
          left -= chunk.length
          pass(null, chunk)
        }
        if (left > 0 || chunk.length < SMALL) go()
        else waiting.push(go)
      },
    })
  const keep = (socket: Socket) => {
    ends.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => ends.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (isCut) return void near.destroy()
    const far = connect(Number(port), hostname)
    keep(far)
    near.pipe(gate()).pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const breakAll = () => {
    for (const socket of ends) socket.destroy()
  }
  t.teardown(() => {
    breakAll()
    server.close()
  })
  return {
    admin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true
      breakAll()
    },
    mend() {
      isCut = false
    },
    allow(bytes) {
      left = bytes
      for (const go of waiting.splice(0)) go()
    },
  }
}
