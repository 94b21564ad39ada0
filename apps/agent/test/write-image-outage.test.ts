import { readFileSync } from 'node:fs'
import { until } from '@eims/lab'
import t from 'tap'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { httpChunks } from '../src/http/chunks.ts'
import { session } from './support/agent.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, unmarked } from './support/disks.ts'
import { fakeImage, noise, sha256 } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { stubServer } from './support/stub-server.ts'

const handlers = {
  onboard: () => session,
  next: () => ({ kind: 'wait' as const, reason: { code: 'not-asked-for', slots: {}, text: '' }, retrySeconds: 0 }),
  report: () => ({ cancelled: false, leaseSeconds: 30 }),
}

await t.test(
  'a server that dies in the middle is waited for; no more than two chunks are asked for twice',
  async (t) => {
    const raw = noise(40 * MIB, 7)
    const image = fakeImage(raw)
    const first = await stubServer(t, handlers, { blobs: image.chunks })
    const machine = fakeMachine(t)
    const node = addDisk(machine, { name: 'sda', size: 48 * MIB })
    const back: Promise<{ calls: string[] }>[] = []
    const context = fakeContext(t, machine, {
      chunks: [httpChunks(first.base, () => null)],
      results: chose('/dev/sda', 48 * MIB),
      progress(fraction) {
        if (fraction < 0.4 || back.length > 0) return
        back.push(
          first.stop().then(async () => {
            await until(() => context.lines.some((line) => / is away /.test(line)))
            return stubServer(t, handlers, { blobs: image.chunks, port: first.port })
          }),
        )
      },
    })
    const { result } = await writeImageHandler({ manifestSha256: image.manifestSha256, rawSize: raw.length }, context)
    t.equal(sha256(unmarked(readFileSync(node)).subarray(0, raw.length)), image.manifest.rawSha256)
    t.equal(result.framesWritten, 10)
    const second = await back[0]!
    const asked = first.calls.length + second.calls.length
    t.ok(asked - 11 <= 2, `${asked} requests for 10 chunks and a manifest`)
    t.ok(context.lines.some((line) => / is away \(.*\); waiting for it$/.test(line)))
    t.ok(context.lines.some((line) => line.endsWith(' answers again')))
  },
)
