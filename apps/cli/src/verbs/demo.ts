import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { firstMachineText } from '../demo/first-machine.ts'
import { makeFolder, removeDeadDemos } from '../demo/leftovers.ts'
import { makeParts } from '../demo/parts.ts'
import { Patience } from '../demo/patience.ts'
import { runDemo } from '../demo/run.ts'
import { teller } from '../demo/teller.ts'
import { Refusal } from '../refusal.ts'
import { presentInterfaces } from '../up/interfaces.ts'
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
as it happens, and pictures are taken of what the machines show. Needs root, about 2 GB of memory, and after the first
time no network. Where no machine runs in KVM they are emulated in software, and each takes some minutes where a real
one takes one. A browser on this machine finds the dashboard at the address that is printed; on a terminal it stays
open at the end, until Ctrl-C. Then everything but the pictures is cleared away.

  --nodes N    how many machines, 1 to ${MOST_NODES} (default 2); two run at a time
  --keep       leave all of it running at the end, the machines too, until Ctrl-C; says how to look around
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
    const { keep = false, json = false } = values
    const now = () => Date.now()
    const started = now()
    const form = json ? 'json' : process.stdout.isTTY ? 'terminal' : 'text'
    const tell = teller(form, started, now, (text) => {
      patience.heard()
      process.stdout.write(text)
    })
    const patience = new Patience(now, (wait) => tell.wait(wait))
    const looking = setInterval(() => patience.look(), 1000)
    try {
      patience.waits('', 'boot files and the demo OS are made')
      const image = await makeParts(places)
      const stays = keep || process.stdout.isTTY === true
      const good = await runIn({ nodes, keep, stays, root: places.root, env, image, tell, patience })
      if (!good) throw new Refusal('not every machine came to RUNNING; see above')
    } finally {
      clearInterval(looking)
    }
  },
}

type Running = Omit<Parameters<typeof runDemo>[0], 'dir' | 'screensDir' | 'next' | 'signal'>

/** In a folder of its own, which goes at the end; the pictures stay until the next demo. */
async function runIn(options: Running): Promise<boolean> {
  const { root, image, env } = options
  const dir = await makeFolder(FOLDER)
  const screens = join(FOLDER, 'screens')
  await mkdir(screens, { recursive: true, mode: 0o755 })
  await removeDeadDemos(screens)
  // The cache's own path is too long to be typed.
  const shortly = join(FOLDER, 'demo.raw')
  await rm(shortly, { force: true })
  await symlink(image, shortly)
  const ended = new AbortController()
  const end = () => ended.abort(new Refusal('the demo was ended; everything is cleared away', 130))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  const usable = presentInterfaces().filter(({ address, loopback }) => address && !loopback)
  const next = firstMachineText({
    root,
    image: shortly,
    interfaceName: usable.length > 1 ? usable[0]!.name : null,
    sudo: env.SUDO_USER !== undefined,
  })
  try {
    const screensDir = join(screens, String(process.pid))
    return await runDemo({ ...options, image: shortly, dir, screensDir, next, signal: ended.signal })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function nodeCount(text: string): number {
  const count = Number(text)
  if (!/^\d{1,2}$/.test(text) || count < 1 || count > MOST_NODES)
    throw new Refusal(`--nodes must be a number from 1 to ${MOST_NODES}, not "${text}"`, 2)
  return count
}
