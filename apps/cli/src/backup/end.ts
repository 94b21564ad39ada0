import { type FileHandle, open } from 'node:fs/promises'
import { BackupEnd } from '@eims/contracts'

const BLOCK = 512
/** The end of a backup is small: a line for each table. */
const TAIL = 256 * 1024

/** What the last entry of a backup says; null when the file does not end as a whole backup does. */
export async function endOf(path: string): Promise<BackupEnd | null> {
  const file = await open(path)
  try {
    return await read(file)
  } finally {
    await file.close()
  }
}

async function read(file: FileHandle): Promise<BackupEnd | null> {
  const { size } = await file.stat()
  if (size % BLOCK !== 0) return null
  const bytes = Buffer.alloc(Math.min(size, TAIL))
  await file.read(bytes, 0, bytes.length, size - bytes.length)
  for (let at = bytes.length - 3 * BLOCK; at >= 0; at -= BLOCK) {
    if (!bytes.subarray(at, at + 9).equals(Buffer.from('end.json\0'))) continue
    const length = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8)
    const parsed = BackupEnd.safeParse(json(bytes.toString('utf8', at + BLOCK, at + BLOCK + length)))
    return parsed.success ? parsed.data : null
  }
  return null
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
