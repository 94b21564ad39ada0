import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { Frame } from '@eims/contracts'
import t from 'tap'
import { startUnpackers } from '../src/image/unpackers.ts'
import { tempDir } from './support/context.ts'
import { noise, sha256 } from './support/image.ts'

const RAW = noise(1024 * 1024, 3)
const packed = (checksum: boolean) =>
  zstdCompressSync(RAW, { params: { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 } })
const frameOf = (chunk: Buffer, rawSha256: string): Frame => {
  return { offset: 0, length: RAW.length, size: chunk.length, sha256: sha256(chunk), rawSha256 }
}

for (const threads of [0, 1, 2])
  await t.test(`${threads} threads`, async (t) => {
    await using unpackers = startUnpackers(9, threads)
    const [room] = unpackers.rooms
    const unpack = (chunk: Buffer, rawSha256 = sha256(RAW)) => {
      room!.packed.set(chunk)
      return unpackers.unpack(room!, frameOf(chunk, rawSha256))
    }
    for (const checksum of [true, false]) {
      const chunk = packed(checksum)
      room!.packed.set(chunk)
      t.equal(await unpackers.digest(room!, chunk.length), sha256(chunk))
      t.ok((await unpack(chunk)).equals(RAW), checksum ? 'with a checksum' : 'without')
    }
    const spoilt = packed(true)
    spoilt[spoilt.length - 1]! ^= 1
    await t.rejects(unpack(spoilt), { message: /does not decompress/ }, 'bytes that are not those of the checksum')
    await t.rejects(
      unpack(packed(false), sha256(noise(5))),
      { message: /holds other bytes/ },
      'without one, the digest',
    )
    await t.rejects(unpack(noise(3)), { message: /does not decompress/ })
    t.ok((await unpack(packed(true))).equals(RAW), 'and goes on')
  })

await t.test('a thread that ended is an error, and nothing waits for it', async (t) => {
  const unpackers = startUnpackers(9, 1)
  const asked = unpackers.digest(unpackers.rooms[0]!, 4 * 1024 * 1024)
  asked.catch(() => {})
  await unpackers[Symbol.asyncDispose]()
  await t.rejects(unpackers.digest(unpackers.rooms[0]!, 4), { message: 'a thread that unpacks ended' })
})

await t.test('threads start from the one file that the agent is in the Micro-OS', (t) => {
  const root = join(import.meta.dirname, '../../..')
  const dir = tempDir(t)
  const chunk = packed(true)
  const source = `
    import { startUnpackers } from ${JSON.stringify(join(root, 'apps/agent/src/image/unpackers.ts'))}
    await using unpackers = startUnpackers(9, 2)
    const chunk = Buffer.from(${JSON.stringify(chunk.toString('base64'))}, 'base64')
    unpackers.rooms[0].packed.set(chunk)
    const raw = await unpackers.unpack(unpackers.rooms[0], ${JSON.stringify(frameOf(chunk, sha256(RAW)))})
    console.log(process.getBuiltinModule('crypto').hash('sha256', raw))`
  writeFileSync(join(dir, 'entry.ts'), source)
  const flags = ['--bundle', '--platform=node', '--format=esm', '--target=node24', '--log-level=error']
  const bundle = ['node_modules/.bin/esbuild', join(dir, 'entry.ts'), ...flags, `--outfile=${join(dir, 'agent.mjs')}`]
  execFileSync(join(root, bundle[0]!), bundle.slice(1), { cwd: root })
  const said = execFileSync(process.execPath, [join(dir, 'agent.mjs')], { cwd: dir, encoding: 'utf8' })
  t.equal(said.trim(), sha256(RAW))
  t.end()
})
