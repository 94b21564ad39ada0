import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { type Client, type LogEntry, type Node, tarEnd, tarEntry } from '@eims/contracts'
import { renderDiagnosis } from './diagnosis-text.ts'
import { renderDetail, renderLog } from './node-text.ts'
import { pages } from './pages.ts'
import type { ProgressLine } from './progress.ts'
import { Refusal } from './refusal.ts'

const WIDTH = 100

/** A node's log lines in the order in which they came in, a page at a time. */
export async function* logPages(client: Client, node: string): AsyncGenerator<LogEntry[]> {
  for await (const { items } of pages(client, 'nodeLogs', {}, undefined, { params: { id: node } })) yield items
}

/**
 * An archive with a folder for each node: what is known of it, its timeline, the diagnosis and its log.
 * It gets its name when it is whole. @param now milliseconds since 1970, as the files' time. @throws Refusal
 */
export async function writeLogArchive(
  client: Client,
  nodes: Node[],
  { file, now, progress }: { file: string; now: number; progress: ProgressLine },
): Promise<{ bytes: number }> {
  const part = `${file}.part`
  const out = createWriteStream(part, { mode: 0o600 })
  let bytes = 0
  const put = async (chunk: Uint8Array) => {
    bytes += chunk.length
    if (!out.write(chunk)) await once(out, 'drain')
  }
  try {
    await once(out, 'open')
    for (const [index, node] of nodes.entries()) {
      progress.show('fetching logs', index / nodes.length, `${index} of ${nodes.length}, ${node.name}`)
      for (const [name, text] of await filesOf(client, node))
        await put(tarEntry(`${node.name}/${name}`, Buffer.from(text), now / 1000, 0o644))
    }
    await put(tarEnd)
    out.end()
    await once(out, 'close')
    await rename(part, file)
    return { bytes }
  } catch (error) {
    out.destroy()
    await rm(part, { force: true })
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (code && syscall) throw new Refusal(`${file} cannot be written: ${message}`)
    throw error
  } finally {
    progress.end()
  }
}

async function filesOf(client: Client, { id }: Node): Promise<[string, string][]> {
  const params = { id }
  const [detail, timeline, diagnosis] = await Promise.all([
    client('getNode', { params }),
    client('nodeTimeline', { params }),
    client('diagnosis', { query: { node: id } }),
  ])
  let log = ''
  for await (const entries of logPages(client, id)) log += entries.map(renderLog).join('')
  return [
    ['node.txt', renderDetail(detail, timeline)],
    ['node.json', `${JSON.stringify({ ...detail, timeline }, null, 2)}\n`],
    ['diagnosis.txt', renderDiagnosis(diagnosis, WIDTH)],
    ['log.txt', log],
  ]
}
