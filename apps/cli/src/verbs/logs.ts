import { resolve } from 'node:path'
import { bytes, type Client, type Node } from '@eims/contracts'
import { type Call, command, oneNode } from '../command.ts'
import { harmless, harmlessJson } from '../harmless.ts'
import { logPages, writeLogArchive } from '../node-logs.ts'
import { renderLog } from '../node-text.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { namedNodes, selected, selectionFlags, selectionOf, someNodes } from '../selection.ts'

const flags = {
  ...selectionFlags,
  batch: { ...selectionFlags.batch, says: 'the failed nodes of the batch; with --filter those of both' },
  all: { type: 'boolean', says: 'with --batch: not only the failed ones' },
  tar: {
    type: 'string',
    value: 'FILE',
    says: 'write an archive instead: for each node log.txt, node.txt, node.json (with its timeline) and diagnosis.txt',
  },
} as const

export const logs = command({
  name: 'logs',
  summary: 'what the actions of failed machines said, as text or as an archive',
  usage: 'NODE... [--tar FILE] [OPTIONS]\n(--batch BATCH [--all] | --filter FILTER) [--tar FILE] [OPTIONS]',
  words: someNodes,
  options: flags,
  about: 'With --json each line is one log line as JSON.',
  async run(call) {
    const { values, client } = call
    const nodes = await nodesOf(call)
    if (values.tar === undefined) return printAll(client, nodes, values.json)
    if (values.tar === '') throw new Refusal('--tar needs a file’s name', 2)
    const file = resolve(values.tar)
    const written = await writeLogArchive(client, nodes, {
      file,
      now: Date.now(),
      progress: progressLine(process.stderr),
    })
    const reply = { file, nodes: nodes.map(({ name }) => name), bytes: written.bytes }
    call.show(reply, () => `${file}: logs of ${nodes.length} nodes, ${bytes(written.bytes)}\n`)
  },
})

async function nodesOf({ words, values, client }: Call<typeof flags>): Promise<Node[]> {
  const { batch, filter, all } = values
  const selection = selectionOf(words, { batch, filter })
  if (selection === null) return namedNodes(client, words)
  const failed = batch !== undefined && !all
  const nodes = await selected(client, failed ? `(${selection}) AND instance.state = FAILED` : selection, batch)
  if (nodes.length === 0)
    throw new Refusal(`no ${failed ? 'failed ' : ''}node matches ${selection}${failed ? '; others too: --all' : ''}`, 5)
  return nodes
}

async function printAll(client: Client, nodes: Node[], json: boolean | undefined): Promise<void> {
  for (const node of json ? nodes : harmless(nodes)) {
    if (nodes.length > 1 && !json) {
      const state = node.instance ? `, ${node.instance.state}: ${node.instance.status.reason.text}` : ''
      process.stdout.write(`== ${node.name}${node.serial ? ` (${node.serial})` : ''}${state}\n`)
    }
    for await (const entries of logPages(client, node.id))
      for (const entry of entries)
        process.stdout.write(json ? `${harmlessJson({ node: node.name, ...entry })}\n` : renderLog(entry))
  }
}

/** The name that it has beside the other verbs about one node. */
export const nodeLogs = command({
  name: 'nodes logs',
  summary: 'what a machine’s actions said',
  words: oneNode,
  about: 'Several machines at once, or an archive: ./eims logs --help',
  async run({ name, values, client }) {
    for await (const entries of logPages(client, name))
      for (const entry of entries) process.stdout.write(values.json ? `${harmlessJson(entry)}\n` : renderLog(entry))
  },
})
