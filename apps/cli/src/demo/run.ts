import { dirname } from 'node:path'
import { type Accelerator, chooseAccelerator, type Machine } from '@eims/lab'
import { screenOf } from '../screen.ts'
import { DemoBench } from './bench.ts'
import { follow } from './follow.ts'
import { identityOf } from './identities.ts'
import { removeDeadDemos } from './leftovers.ts'
import { POWERED_ON } from './narration.ts'
import type { Patience } from './patience.ts'
import { momentOf, Screens } from './screens.ts'
import { summary } from './summary.ts'
import type { Teller } from './teller.ts'
import { whereToLook, whileItStays } from './where-to-look.ts'

interface DemoOptions {
  /** how many machines, 1 to 16 */
  nodes: number
  /** the machines that were switched on last stay on */
  keep: boolean
  /** at its end it goes on until `signal`, for somebody who looks around */
  stays: boolean
  /** of this demo alone */
  dir: string
  /** where the pictures go, which stay */
  screensDir: string
  root: string
  env: NodeJS.ProcessEnv
  /** disk image of the demo OS */
  image: string
  tell: Teller
  patience: Patience
  /** what to do next, for the end */
  next: string
  /** somebody wants it to end */
  signal: AbortSignal
}

/** As many as packages/lab lets run at once. */
const AT_ONCE = 2

/** Runs the whole demo, and clears everything away whatever happens. Resolves with whether all machines came to RUNNING. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { dir, root, env, tell, patience, signal } = options
  tell.say('A bench LAN in network namespaces, with a DHCP server of the site;\nit reaches nothing outside.')
  patience.waits('', 'the namespaces and the DHCP server')
  await using bench = await DemoBench.create({ dir, root, env })
  await removeDeadDemos(dirname(dir))
  const aborted = new Promise<never>((_, failed) => {
    if (signal.aborted) failed(signal.reason)
    signal.addEventListener('abort', () => failed(signal.reason), { once: true })
  })
  aborted.catch(() => {})
  try {
    const good = await Promise.race([aborted, provisionAll(bench, options)])
    if (options.stays) await aborted.catch(() => {}) // that is how it ends
    return good
  } finally {
    patience.waits('', 'everything is cleared away')
  }
}

async function provisionAll(bench: DemoBench, options: DemoOptions): Promise<boolean> {
  const { tell, keep, stays, patience } = options
  patience.waits('', 'the service starts, with a new database')
  await bench.up()
  tell.say('The service is up. What follows are its own verbs:')
  const verb = async (...args: string[]) => {
    const line = `  ./eims ${args.join(' ')}`
    tell.say(line.length > 80 ? line.replace(' --profile', ' \\\n      --profile') : line)
    patience.waits('', `./eims ${args[0]} ${args[1]} is at work`)
    return bench.eims(...args)
  }
  await verb('images', 'add', options.image, '--name', 'demo-os')
  await verb('profiles', 'add', 'demo', '--image', 'demo-os')
  const names = Array.from({ length: options.nodes }, (_, index) => `demo-${index + 1}`)
  for (const [index, name] of names.entries()) {
    const { serial, mac } = identityOf(index + 1)
    await verb('nodes', 'add', name, '--serial', serial, '--mac', mac, '--profile', 'demo')
  }
  const [key = ''] = (await verb('keys', 'add', 'you', '--role', 'admin')).split('\n')
  patience.waits('', 'a way for browsers to the dashboard')
  const dashboard = { url: await bench.openDashboard(), key }
  tell.dashboard(dashboard)
  const accelerator = await accelerated(options)
  patience.over('')
  const screens = await Screens.create(options.screensDir)
  tell.say(`Pictures of their screens are in ${screens.dir}`)
  const machines = new Map<string, Machine>()
  const picture = async (name: string, moment: string) => {
    const shot = await screens.take(name, machines.get(name), moment)
    if (shot) tell.screen(name, shot)
  }
  const followed = follow(
    bench,
    names,
    (step) => {
      tell.step(step)
      const moment = momentOf(step)
      if (moment) void picture(step.node, moment)
    },
    patience,
  )
  const waiting = [...names.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, name] = next
      const machine = await bench.machine(name, identityOf(index + 1), accelerator)
      machines.set(name, machine)
      await machine.powerOn()
      patience.waits(name, POWERED_ON)
      await followed.over(name)
      patience.over(name)
      await picture(name, 'running')
      if (!keep || waiting.length > 0) await machine.powerOff()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const ended = followed.all()
  const end = [
    ...(stays
      ? [whileItStays(dashboard, keep)]
      : ['Everything but the pictures is cleared away now. --keep leaves it running.\n']),
    ...(keep ? [await whereToLook(bench, options.root)] : [options.next]),
  ].join('\n')
  const nodes = ended.map((seen) => ({ ...seen, screens: screens.of(seen.node.name) }))
  tell.end(`\n${summary(ended, screenOf(process.stdout, options.env))}\n${end}`, { nodes, screens: screens.dir })
  return ended.every(({ node }) => node.instance?.state === 'RUNNING')
}

async function accelerated({ nodes, tell, patience }: DemoOptions): Promise<Accelerator> {
  patience.waits('', 'whether a machine runs in KVM here')
  const accelerator = await chooseAccelerator()
  const inTurn = nodes > AT_ONCE ? `, ${AT_ONCE} at a time` : ''
  const how =
    accelerator === 'kvm'
      ? 'They run in KVM:\nless than a minute each.'
      : 'They are emulated, without KVM:\ntwo to four minutes each.'
  tell.say(`The machines are switched on${inTurn}. ${how}`)
  return accelerator
}
