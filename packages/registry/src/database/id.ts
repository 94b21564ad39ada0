import { randomFillSync } from 'node:crypto'

let lastMillisecond = 0
let sequence = 0

/**
 * A new id: UUID version 7 (RFC 9562 section 5.7). The first 48 bits are milliseconds, the next 12 count within
 * one, so ids of one process sort by when they were made and indexes grow at their end.
 */
export function newId(now: number = Date.now()): string {
  sequence = now > lastMillisecond ? 0 : sequence + 1
  if (sequence > 0xfff) {
    lastMillisecond++
    sequence = 0
  }
  lastMillisecond = Math.max(now, lastMillisecond)
  const bytes = randomFillSync(Buffer.alloc(16))
  bytes.writeUIntBE(lastMillisecond, 0, 6)
  bytes.writeUInt16BE(0x7000 | sequence, 6)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
