import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { type BackupEnd, bytes, problemFrom, routes } from '@eims/contracts'
import { endOf } from '../backup/end.ts'
import { command, one } from '../command.ts'
import { fields } from '../output.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'

export const backup = command({
  name: 'backup',
  summary: 'write the registry, its keys and its images into one file, while the service works',
  words: one('file', 'a new file, readable by its owner only: it holds the secrets of the site'),
  options: {
    'no-images': { type: 'boolean', says: 'leave the bytes of the images out' },
  },
  about: `
All of it is of one moment. ./eims restore puts it back, on this machine or another one, into the embedded database or
any PostgreSQL. The file is a tar archive.`,
  async run({ name, values, server, show }) {
    const path = resolve(name)
    if (await stat(path).catch(() => null)) throw new Refusal(`${path} is there already; give a new name`)
    const url = new URL(routes.makeBackup.path, server.url)
    if (values['no-images']) url.searchParams.set('images', 'false')
    const response = await fetch(url, { headers: { authorization: `Bearer ${server.key}` } })
    if (!response.ok) throw problemFrom(await response.text()) ?? new Error(`the server answered ${response.status}`)
    const partial = `${path}.partial`
    try {
      await receive(response.body as ReadableStream<Uint8Array>, partial)
      const end = await endOf(partial)
      if (!end)
        throw new Refusal('the backup ended in the middle; its beginning was removed, see the log of the server')
      const { size } = await stat(partial)
      await rename(partial, path)
      show({ file: path, bytes: size, ...summary(end) }, describe)
      if (end.lacking.length > 0)
        process.stderr.write(
          `eims: ${end.lacking.length} pieces of images are missing or damaged on the disk of the server and not in the backup; add those images again\n`,
        )
    } finally {
      await rm(partial, { force: true })
    }
  },
})

async function receive(body: ReadableStream<Uint8Array>, path: string): Promise<void> {
  const line = progressLine(process.stderr)
  let count = 0
  async function* counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      count += chunk.length
      line.show('backup', null, bytes(count) ?? '')
      yield chunk
    }
  }
  try {
    await pipeline(Readable.fromWeb(body), counted, createWriteStream(path, { mode: 0o600 })).catch((error: Error) => {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOSPC' || code === 'EACCES' || code === 'ENOENT')
        throw new Refusal(`${path} cannot be written: ${error.message}`)
      throw new Refusal(`the backup broke off (${error.message}); see the log of the server`)
    })
  } finally {
    line.end()
  }
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}

const summary = ({ tables, blobs, blobBytes, lacking }: BackupEnd) => ({
  rows: Object.values(tables).reduce((sum, { rows }) => sum + rows, 0),
  nodes: tables.node?.rows ?? 0,
  images: tables.image?.rows ?? 0,
  blobs,
  blobBytes,
  lacking: lacking.length,
})

const describe = (made: ReturnType<typeof summary> & { file: string; bytes: number }) =>
  fields([
    ['file', made.file],
    ['size', bytes(made.bytes)],
    ['rows', made.rows],
    ['nodes', made.nodes],
    ['images', `${made.images} (${made.blobs} pieces, ${bytes(made.blobBytes)})`],
  ])
