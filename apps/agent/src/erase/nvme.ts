import { z } from 'zod'
import { type Answer, ask, type Fault, type Here, order, Refused, type Sanitizing, sanitized, type Way } from './way.ts'

/*
 * NVM Express Base Specification 2.0: Identify Controller (figure 275), Format NVM (section 5.14), Sanitize (section 5.24).
 * Values come as nvme-cli writes them in JSON.
 */

const Controller = z.object({
  /** optional admin commands; bit 1: Format NVM, bit 3: Namespace Management */
  oacs: z.number(),
  /** bit 0: a format, bit 1: a secure erase, is of all namespaces at once */
  fna: z.number(),
  /** bit 0: crypto erase, bit 1: block erase */
  sanicap: z.number().default(0),
})
type Controller = z.infer<typeof Controller>

const Namespaces = z.object({ nsid_list: z.array(z.object({ nsid: z.number() })) })
const SanitizeLog = z.record(z.string(), z.object({ sprog: z.number(), sstat: z.record(z.string(), z.unknown()) }))

/** A format may take what an overwriting of a large disk takes; milliseconds. */
const LONGEST = 24 * 60 * 60 * 1000

/**
 * What an NVMe disk can do to erase itself, the best one first. Other namespaces of its controller are other disks: what
 * would erase them too is not done.
 * @throws what `signal` was aborted with
 */
export async function nvmeWays(here: Here): Promise<(Way | Fault)[]> {
  const none = (text: string | null): Fault[] => [{ method: 'nvme-format', fault: 'not-supported', text }]
  const controller = jsonOf(Controller, await ask(here, 'nvme', 'id-ctrl', '--output-format=json', here.node()))
  if (!controller) return none('nvme id-ctrl does not answer')
  const alone = (await namespaces(here, controller)) === 1
  return [format(here, controller, alone), ...sanitize(here, controller, alone)]
}

/** How many there are, attached or not; null: the controller does not say. */
async function namespaces(here: Here, { oacs }: Controller): Promise<number | null> {
  const all = oacs & 8 ? ['--all'] : []
  const listed = jsonOf(Namespaces, await ask(here, 'nvme', 'list-ns', ...all, '--output-format=json', here.node()))
  return listed?.nsid_list.length ?? null
}

function format(here: Here, { oacs, fna }: Controller, alone: boolean): Way | Fault {
  const method = 'nvme-format'
  if (!(oacs & 2)) return { method, fault: 'not-supported', text: null }
  if (fna & 3 && !alone) return { method, fault: 'not-alone', text: null }
  const args = ['format', '--ses=1', '--force', `--timeout=${LONGEST}`]
  return { method, erase: () => order(here, method, 'nvme', ...args, here.node()) }
}

/** It is always of the whole device. */
function sanitize(here: Here, { sanicap }: Controller, alone: boolean): (Way | Fault)[] {
  const actions = [
    { method: 'nvme-sanitize-block', able: sanicap & 2, action: 'start-block-erase' },
    { method: 'nvme-sanitize-crypto', able: sanicap & 1, action: 'start-crypto-erase' },
  ]
  return actions
    .filter(({ able }) => able)
    .map(({ method, action }) => {
      if (!alone) return { method, fault: 'not-alone', text: null }
      return {
        method,
        async erase() {
          await order(here, method, 'nvme', 'sanitize', `--sanact=${action}`, here.node())
          const { state } = await sanitized(here, () => nvmeSanitizing(here))
          if (state !== 'done') throw new Refused({ method, fault: 'refused', text: `sanitize is ${state}` })
        },
      }
    })
}

/** How a sanitize operation stands, also one that was begun before the machine's power went. */
export async function nvmeSanitizing(here: Here): Promise<Sanitizing> {
  const log = jsonOf(SanitizeLog, await ask(here, 'nvme', 'sanitize-log', '--output-format=json', here.node()))
  const [device] = Object.values(log ?? {})
  if (!device) return { state: 'idle' }
  // `"status": "(2) Sanitize in Progress."`; some versions have the words for a key, too
  const said = Object.values(device.sstat).find((value) => typeof value === 'string' && /^\(\d\)/.test(value))
  const state = Number(String(said).slice(1, 2))
  if (state === 2) return { state: 'running', done: device.sprog / 65_536 }
  return { state: state === 1 || state === 4 ? 'done' : state === 3 ? 'failed' : 'idle' }
}

/** Warnings may stand in front of the JSON. */
function jsonOf<T>(schema: z.ZodType<T>, { code, text }: Answer): T | null {
  if (code !== 0) return null
  try {
    return schema.parse(JSON.parse(text.slice(text.search(/^\{/m))))
  } catch {
    return null
  }
}
