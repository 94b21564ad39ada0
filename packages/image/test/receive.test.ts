import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { receive } from '../src/source.ts'
import { spaceBeside } from '../src/space.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

await t.test('nothing of an upload stays in memory behind what was written', async (t) => {
  const pieces: WeakRef<Uint8Array>[] = []
  const upload = async function* () {
    for (let nth = 0; nth < 200; nth++) {
      const piece = new Uint8Array(65_536)
      pieces.push(new WeakRef(piece))
      yield piece
      // a promise is looked at in the next turn
      await setImmediate()
    }
    collectGarbage()
    alive = pieces.filter((piece) => piece.deref()).length
  }
  let alive = -1
  let written = 0
  const file = {
    writeFile: async (piece: Uint8Array) => {
      written += piece.length
    },
  } as unknown as FileHandle
  const limits = {
    folder: t.testdir({}),
    maxBytes: 2 ** 30,
    space: spaceBeside(0),
    signal: new AbortController().signal,
  }
  await receive(upload(), file, 0, limits)
  t.equal(written, 200 * 65_536)
  t.ok(alive < 10, `${alive} of 200 pieces are still there`)
})
