import t from 'tap'
import { ImageManifest } from '../src/index.ts'

const digest = 'a'.repeat(64)
const frame = (offset: number, length: number) => ({ offset, length, size: 10, sha256: digest, rawSha256: digest })
const manifest = (frames: ReturnType<typeof frame>[], zeros: { offset: number; length: number }[], rawSize = 4096) => ({
  version: 1,
  compression: 'zstd',
  architecture: 'x86_64',
  rawSize,
  rawSha256: digest,
  frames,
  zeros,
})
const fault = (value: unknown) => ImageManifest.safeParse(value).error?.issues[0]?.message ?? null

await t.test('frames and zeros cover the image exactly once', async (t) => {
  t.equal(fault(manifest([frame(0, 1024), frame(3072, 1024)], [{ offset: 1024, length: 2048 }])), null)
  t.match(fault(manifest([frame(0, 1024)], [{ offset: 2048, length: 2048 }])), /gap or overlap at byte 1024 of 4096/)
  t.match(fault(manifest([frame(0, 2048), frame(1024, 3072)], [])), /gap or overlap at byte 2048/)
  t.match(fault(manifest([frame(0, 1024)], [])), /gap or overlap at byte 1024/)
  t.match(fault(manifest([frame(0, 4096)], [{ offset: 4096, length: 512 }])), /gap or overlap at byte 4608 of 4096/)
})

await t.test('what is no manifest is refused', async (t) => {
  for (const value of [
    null,
    {},
    { ...manifest([frame(0, 4096)], []), version: 2 },
    manifest([{ ...frame(0, 4096), sha256: '../../etc' }], []),
  ])
    t.ok(fault(value))
})
