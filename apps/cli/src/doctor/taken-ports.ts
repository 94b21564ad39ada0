import { Refusal } from '../refusal.ts'
import { type Ports, refuseTakenPorts } from '../up/service-ports.ts'
import { type Check, fail, ok } from './check.ts'
import { type PortHolder, portHolders } from './port-holders.ts'

/** Whether every port of the service can be opened on an interface, or is open already by the service itself. */
export async function checkPorts(name: string, ports: Ports, serving: string[]): Promise<Check> {
  const title = `ports on ${name}`
  if (serving.includes(name)) return ok(title, 'The service that runs here has them.')
  try {
    await refuseTakenPorts(ports, [name])
    return ok(title, `UDP 67, 69 and 4011 and TCP ${Object.values(ports).filter(Number).join(', ')} are free.`)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return judgeTaken(
      title,
      error.message,
      portHolders([67, 69, 4011, ...Object.values(ports).map(Number).filter(Boolean)]),
    )
  }
}

/** Names who has the port that the sentence of `up` is about. Pure. */
export function judgeTaken(title: string, refusal: string, holders: PortHolder[]): Check {
  const [problem = '', ...remedy] = refusal.replace(/ \(ss [^)]*\)/, '').split('; ')
  const port = Number(/ port (\d+)/.exec(problem)?.[1])
  const who = new Set(
    holders.filter((holder) => holder.port === port).map(({ program, process }) => `${program} (process ${process})`),
  )
  const by = who.size > 0 && problem.endsWith('is taken') ? ` by ${[...who].join(', ')}` : ''
  return fail(title, `${problem}${by}.`, capitalised(remedy.join('; ') || 'run this as root'))
}

const capitalised = (text: string) => `${text.replace(/^./, (first) => first.toUpperCase())}.`
