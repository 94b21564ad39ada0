import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { sendWhole } from '../src/http/send-whole.ts'

// One promise: however many machines read, the event loop gets round to everybody else after one piece.

const SIZE = 1_000_000
const MACHINES = 20

/** A file of zeros; `begun` hears of each piece that is read of it. */
const fileOf = (begun: () => void) =>
  ({
    async read(_piece: Buffer, _offset: number, length: number) {
      begun()
      return { bytesRead: length }
    },
  }) as unknown as FileHandle

/** A reply whose bytes are taken at once, or never. */
function replyTo(takes = true) {
  const counted = { bytes: 0 }
  const wire = new Writable({
    write(bytes: Buffer, _encoding, done) {
      if (!takes) return
      counted.bytes += bytes.length
      done()
    },
  })
  return { counted, wire, response: wire as unknown as ServerResponse }
}

await t.test('one piece a turn, and each machine one before any has its second', async (t) => {
  const order: number[] = []
  const replies = Array.from({ length: MACHINES }, () => replyTo())
  let over = false
  const all = Promise.all(
    replies.map(({ response }, machine) =>
      sendWhole(
        fileOf(() => order.push(machine)),
        SIZE,
        response,
      ),
    ),
  ).then(() => {
    over = true
  })
  const perTurn: number[] = []
  while (!over) {
    const before = order.length
    await setImmediate()
    perTurn.push(order.length - before)
  }
  await all
  t.equal(Math.max(...perTurn), 1)
  t.equal(new Set(order.slice(0, MACHINES)).size, MACHINES)
  t.strictSame(new Set(replies.map(({ counted }) => counted.bytes)), new Set([SIZE]), 'all of it')
})

await t.test('nobody waits for a machine that takes nothing', async (t) => {
  const stuck = replyTo(false)
  const hangs = sendWhole(
    fileOf(() => {}),
    SIZE,
    stuck.response,
  )
  const other = replyTo()
  await sendWhole(
    fileOf(() => {}),
    SIZE,
    other.response,
  )
  t.equal(other.counted.bytes, SIZE)
  stuck.wire.destroy()
  await hangs
})
