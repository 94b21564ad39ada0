import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { httpChunks } from '../src/http/chunks.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, unmarked } from './support/disks.ts'
import { fakeImage, noise, sha256 } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

/** From 0 to below 1, the same row each time (Numerical Recipes' constants). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

for (const seed of [1, 2, 3])
  await t.test(`one connection in twenty is cut, dice ${seed}: right, and few bytes come twice`, async (t) => {
    const raw = noise(30 * MIB, seed)
    const image = fakeImage(raw, 128 * 1024)
    const throwDice = dice(seed)
    let cuts = 0
    let lost = 0
    const server = createServer((request, response) => {
      const chunk = image.chunks.get(request.url!.slice('/blobs/'.length))!
      const [isCut, share] = [throwDice() < 1 / 20, throwDice()]
      response.writeHead(200, { 'content-length': chunk.length })
      if (!isCut) return response.end(chunk)
      const part = chunk.subarray(0, Math.floor(chunk.length * share))
      cuts += 1
      lost += part.length
      response.write(part, () => request.socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    const machine = fakeMachine(t)
    const node = addDisk(machine, { name: 'sda', size: 32 * MIB })
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const chunks = [httpChunks(base, () => null)]
    const context = fakeContext(t, machine, { chunks, results: chose('/dev/sda', 32 * MIB) })
    await writeImageHandler({ manifestSha256: image.manifestSha256, rawSize: raw.length }, context)
    t.equal(sha256(unmarked(readFileSync(node)).subarray(0, raw.length)), image.manifest.rawSha256)
    t.ok(cuts >= 5, `${cuts} connections were cut`)
    t.ok(lost / raw.length <= 0.05, `${lost} bytes came in vain`)
  })
