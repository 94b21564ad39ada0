import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Machine } from '@eims/lab'
import { DemoBench } from './bench.ts'
import { follow } from './follow.ts'
import { identityOf } from './identities.ts'
import { removeDeadDemos } from './leftovers.ts'
import { summary } from './summary.ts'
import type { Teller } from './teller.ts'
import { whereToLook } from './where-to-look.ts'

interface DemoOptions {
  /** how many machines, 1 to 16 */
  nodes: number
  keep: boolean
  /** of this demo alone */
  dir: string
  root: string
  env: NodeJS.ProcessEnv
  /** disk image of the demo OS */
  image: string
  tell: Teller
  /** somebody wants it to end */
  signal: AbortSignal
}

/** As many as packages/lab lets run at once. */
const AT_ONCE = 2

/** Runs the whole demo, and clears everything away whatever happens. Resolves with whether all machines came to RUNNING. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { dir, root, env, tell, signal } = options
  tell.say('A bench LAN in network namespaces, with a DHCP server of the site; it reaches nothing outside.')
  await using bench = await DemoBench.create({ dir, root, env })
  await removeDeadDemos(dirname(dir))
  const aborted = new Promise<never>((_, failed) => {
    if (signal.aborted) failed(signal.reason)
    signal.addEventListener('abort', () => failed(signal.reason), { once: true })
  })
  aborted.catch(() => {})
  const good = await Promise.race([aborted, provisionAll(bench, options)])
  if (options.keep) await aborted.catch(() => {}) // that is how it ends
  return good
}

async function provisionAll(bench: DemoBench, options: DemoOptions): Promise<boolean> {
  const { tell, keep } = options
  await bench.up()
  tell.say('The service is up. What follows are its own verbs:')
  const verb = async (...args: string[]) => {
    tell.say(`  ./eims ${args.join(' ')}`)
    await bench.eims(...args)
  }
  await verb('images', 'add', options.image, '--name', 'demo-os')
  await verb('profiles', 'add', 'demo', '--image', 'demo-os')
  const names = Array.from({ length: options.nodes }, (_, index) => `demo-${index + 1}`)
  for (const [index, name] of names.entries()) {
    const { serial, mac } = identityOf(index + 1)
    await verb('nodes', 'add', name, '--serial', serial, '--mac', mac, '--profile', 'demo')
  }
  const screens = join(options.dir, 'screens')
  await mkdir(screens, { recursive: true })
  const machines = new Map<string, Machine>()
  const picture = async (name: string, moment: string) =>
    machines
      .get(name)
      ?.screenshot(join(screens, `${name}-${moment}.png`))
      .catch(() => {}) // it may be restarting
  const followed = follow(bench, names, (step) => {
    tell.step(step)
    if (step.kind === 'action.started') void picture(step.node, 'writing')
  })
  const inTurn = names.length > AT_ONCE ? `, ${AT_ONCE} at a time` : ''
  tell.say(
    `The machines are switched on${inTurn}. They are emulated in software, without KVM: two to four minutes each.`,
  )

  const waiting = [...names.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, name] = next
      const machine = await bench.machine(name, identityOf(index + 1))
      machines.set(name, machine)
      await machine.powerOn()
      await followed.over(name)
      await picture(name, 'end')
      if (!keep || waiting.length > 0) await machine.powerOff()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const ended = followed.all()
  tell.end(`\n${summary(ended)}\n${await whereToLook(bench, { ...options, screens })}`, { nodes: ended })
  return ended.every(({ node }) => node.instance?.state === 'RUNNING')
}
