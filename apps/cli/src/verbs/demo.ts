import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { makeDemoOs } from '../demo/demo-os.ts'
import { makeFolder } from '../demo/leftovers.ts'
import { runDemo } from '../demo/run.ts'
import { teller } from '../demo/teller.ts'
import { Refusal } from '../refusal.ts'
import { makeBootFiles } from '../up/boot-files.ts'
import { placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'

const MOST_NODES = 16
/** Not below /root: the embedded PostgreSQL's account must be able to enter. */
const FOLDER = '/var/tmp/eims-demo'

export const demo: Verb = {
  name: 'demo',
  summary: 'show a whole provisioning on virtual machines',
  help: `usage: ./eims demo [--nodes N] [--keep] [--json]

Shows the product without hardware: makes a bench LAN in network namespaces, with a DHCP server as the site's own,
starts the real service there, registers virtual machines with a small OS and switches them on. Every step is printed
as it happens. Needs root, about 2 GB of memory, and after the first time no network. The machines are emulated in
software, so each takes some minutes where a real one takes one. At the end, and at Ctrl-C, everything is cleared away.

  --nodes N    how many machines, 1 to ${MOST_NODES} (default 2); two run at a time
  --keep       leave it running at the end for looking around; says how
  --json       print what happens as JSON, a document a line
`,
  async run(argv, env) {
    const { values } = parseArgs({
      args: argv,
      options: { nodes: { type: 'string' }, keep: { type: 'boolean' }, json: { type: 'boolean' } },
    })
    const nodes = nodeCount(values.nodes ?? '2')
    if (process.getuid?.() !== 0)
      throw new Refusal('must be root to make network namespaces and virtual machines; run: sudo ./eims demo')
    const places = placesOf(env)
    makeBootFiles({ ...places, firmwareDir: undefined })
    const image = makeDemoOs(places)
    const dir = await makeFolder(FOLDER)
    const { keep = false, json = false } = values
    const tell = teller(json, Date.now(), (text) => process.stdout.write(text))
    const ended = new AbortController()
    const end = () => ended.abort(new Refusal('the demo was ended; everything is cleared away', 130))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
    try {
      const good = await runDemo({ nodes, keep, dir, root: places.root, env, image, tell, signal: ended.signal })
      if (!good) throw new Refusal('not every machine came to RUNNING; see above')
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  },
}

function nodeCount(text: string): number {
  const count = Number(text)
  if (!/^\d{1,2}$/.test(text) || count < 1 || count > MOST_NODES)
    throw new Refusal(`--nodes must be a number from 1 to ${MOST_NODES}, not "${text}"`, 2)
  return count
}
