import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from '@eims/lab'
import type { Step } from './narration.ts'

/** A picture of a machine's screen. */
export interface Screenshot {
  moment: string
  /** absolute, of a PNG file */
  path: string
}

/** PURE: which moment a step is, of those that a person would like to see; null for the rest. */
export function momentOf({ kind, text }: Pick<Step, 'kind' | 'text'>): string | null {
  if (kind === 'dhcp.discover') return text.startsWith('iPXE') ? null : 'firmware'
  return moments[kind] ?? null
}

const moments: Record<string, string> = {
  'boot.decision': 'ipxe',
  'agent.onboarded': 'micro-os',
  'action.started': 'writing',
  'instance.running': 'running',
  'instance.failed': 'failed',
}

/** The pictures of all machines; a moment that comes again is taken once. */
export class Screens {
  readonly dir: string
  readonly #taken = new Map<string, Screenshot[]>()
  readonly #underway = new Map<string, Promise<Screenshot | null>>()

  private constructor(dir: string) {
    this.dir = dir
  }

  static async create(dir: string): Promise<Screens> {
    await mkdir(dir, { recursive: true, mode: 0o755 })
    return new Screens(dir)
  }

  of = (node: string): Screenshot[] => this.#taken.get(node) ?? []

  /**
   * Resolves when the picture is there, also one that somebody else takes.
   * @returns null then, and when none can be taken, for the machine is off or restarts
   */
  async take(node: string, machine: Machine | undefined, moment: string): Promise<Screenshot | null> {
    const key = `${node} ${moment}`
    const other = this.#underway.get(key)
    if (other) await other
    if (!machine || this.of(node).some((each) => each.moment === moment)) return null
    const shot = this.#take(node, machine, moment)
    this.#underway.set(key, shot)
    return shot
  }

  async #take(node: string, machine: Machine, moment: string): Promise<Screenshot | null> {
    const taken = this.of(node)
    const shot = { moment, path: join(this.dir, `${node}-${taken.length + 1}-${moment}.png`) }
    try {
      await machine.screenshot(shot.path)
    } catch {
      return null
    }
    this.#taken.set(node, [...taken, shot])
    return shot
  }
}
