import { type BuiltinName, builtinNamed, builtins, CHOSEN, type ProfileWorkflow } from '@eims/contracts'
import { type Note, Notes, type Spot } from '@eims/placed-yaml'
import { catalogue } from '../actions/catalogue.ts'
import { builtinOf, check } from '../actions/check.ts'
import { readDocument } from '../read.ts'
import type { Step, Steps } from '../steps.ts'
import { deviceOf } from './devices.ts'
import { type Report, reportOf } from './report.ts'
import { layoutOf } from './storage.ts'
import { Refused, type Words, words } from './words.ts'

export type WorkflowAction = ProfileWorkflow[number]

/** An image or an archive that an action needs from the store. */
export interface Wanted {
  /** id of the action */
  action: string
  /** as the template names it: a URL, or for `oci` a reference */
  url: string
  /** of what is fetched, as the template has it */
  sha256: string | null
  kind: 'disk' | 'oci' | 'archive'
  /** PEM: the CA of the server that has it, where the template says so */
  caCertificate: string | null
  spot: Spot
}

/** One workflow as a plan, without what only a server knows: images of its store, seeds, whether a disk may be overwritten. */
export interface Planned {
  name: string
  /** seconds for all of it; 0: no limit, null: it says nothing */
  timeout: number | null
  /** why it must not run now; null: it may */
  disabled: string | null
  actions: WorkflowAction[]
  /** the disk that it names, as a disk rule's `match`; null: the one that choose-disk chooses */
  disk: string | null
  images: Wanted[]
  /** whether the OS reports that it runs by a seed of ours, and why so */
  report: Report
  /** where each action and each of its arguments was said: by `ID` and `ID.ARGUMENT` */
  sources: Record<string, Spot>
}

export interface Plans {
  /** one a workflow of the file; none when there is a mistake */
  plans: Planned[]
  mistakes: Note[]
  warnings: Note[]
}

/**
 * PURE: what the workflows of a file do on a machine, in builtins: rendered, read, checked, put into our words. Every disk
 * that they touch is the one that choose-disk chooses.
 * @param data as `dataOf` makes it
 * @param report how the OS reports itself, where a person said it
 */
export function planOf(text: string, data: Record<string, unknown>, report: Report['is'] | null = null): Plans {
  const read = readDocument(text, data)
  const notes = new Notes()
  const plans = read.steps.map((steps) => {
    const found = check(steps)
    for (const { sentence, remedy, ...spot } of found.mistakes) notes.mistake(spot, sentence, remedy)
    for (const { sentence, remedy, ...spot } of found.warnings) notes.warning(spot, sentence, remedy)
    return new Planner(steps, data.hardware, notes).plan(report)
  })
  const mistakes = [...read.mistakes, ...notes.mistakes]
  return { plans: mistakes.length > 0 ? [] : plans, mistakes, warnings: [...read.warnings, ...notes.warnings] }
}

/** As many as an image that a person adds may bring; bytes. */
const MOST_PEM = 65_536

const ENDS: readonly BuiltinName[] = ['reboot', 'kexec']

class Planner {
  readonly #steps: Steps
  readonly #hardware: unknown
  readonly #notes: Notes
  readonly #actions: WorkflowAction[] = []
  readonly #images: Wanted[] = []
  readonly #sources: Record<string, Spot> = {}
  readonly #names = new Set<string>()

  constructor(steps: Steps, hardware: unknown, notes: Notes) {
    this.#steps = steps
    this.#hardware = hardware
    this.#notes = notes
  }

  plan(wished: Report['is'] | null): Planned {
    const { name, timeout, disabled, actions } = this.#steps
    const running = actions.filter(({ runs }) => runs)
    this.#ours('inventory')
    this.#ours('choose-disk')
    for (const step of running) {
      const action = this.#step(step)
      for (const [on, others] of [
        ['failure', step.onFailure],
        ['timeout', step.onTimeout],
      ] as const)
        for (const other of others) if (other.runs && action) this.#step(other, { action: action.id, on })
    }
    this.#end(running)
    this.#tellOrder(running)
    const report = this.#report(running, wished)
    return {
      name,
      timeout,
      disabled,
      actions: this.#actions,
      disk: this.#disk(running),
      images: this.#images,
      report,
      sources: this.#sources,
    }
  }

  #ours(builtin: BuiltinName, at = this.#actions.length, said: Record<string, unknown> = {}): void {
    const { timeout, repeatable } = builtins[builtin]
    const name = this.#names.has(builtin) ? `eims ${builtin}` : builtin
    this.#names.add(name)
    const uses = { kind: 'builtin' as const, builtin }
    this.#actions.splice(at, 0, {
      id: builtin,
      task: 'eims',
      name,
      uses,
      with: said,
      env: {},
      timeout,
      repeatable,
    })
  }

  #step(step: Step, after?: WorkflowAction['after']): WorkflowAction | null {
    const called = builtinOf(step)
    if (called === null) return null
    // rootio's command says which of two it is
    const word = step.action === 'rootio' && step.command[0] === 'format' ? 'make-filesystems' : called
    const said = words[word]!(step, () => layoutOf(this.#hardware, Boolean(step.env.MBR)))
    if (said === null) return this.#leftOut(step)
    if (said instanceof Refused) {
      this.#notes.mistake(said.spot, said.sentence, said.remedy)
      return null
    }
    const builtin: BuiltinName = word === 'poweroff' ? 'reboot' : word
    if (step.background && !ENDS.includes(builtin))
      this.#notes.mistake(
        step.where.action!,
        `${step.name} is in the background, and only what ends the machine can be: its success is reported first`,
        'Leave `background` out.',
      )
    return this.#put(step, builtin, said, after)
  }

  #leftOut({ name, where, command }: Step): null {
    this.#notes.warning(
      where.command ?? where.action!,
      `${name}: rootio ${command[0]} is left out`,
      'Nothing: the table is written anew, and file systems are mounted by the action that needs them.',
    )
    return null
  }

  #put(step: Step, builtin: BuiltinName, { with: said, from, env = {} }: Words, after?: WorkflowAction['after']) {
    const known = builtins[builtin]
    const id = `step-${this.#actions.length + 1}`
    const name = this.#names.has(step.name) ? `${step.task}: ${step.name}`.slice(0, 199) : step.name
    this.#names.add(name)
    const action: WorkflowAction = {
      id,
      task: step.task,
      name,
      uses: { kind: 'builtin', builtin },
      with: said,
      env,
      timeout: step.timeout ?? known.timeout,
      repeatable: known.repeatable,
      ...(step.retries > 0 ? { retries: step.retries, backoff: step.backoff } : {}),
      // Tinkerbell's time-out holds for all attempts together.
      ...(step.retries > 0 && step.timeout ? { within: step.timeout } : {}),
      ...(after ? { after } : {}),
    }
    this.#actions.push(action)
    this.#sources[id] = step.where.action!
    for (const [argument, variable] of Object.entries(from)) {
      const spot = step.where[`env.${variable}`]
      if (spot) this.#sources[`${id}.${argument}`] = spot
    }
    this.#want(step, id)
    this.#arguments(step, builtin, said, from)
    return action
  }

  #want({ action, env, where }: Step, id: string): void {
    const variable = ['IMG_URL', 'ARCHIVE_URL'].find((name) => env[name])
    if (!variable) return
    const { kind } = catalogue[action].env[variable]!
    const digest = env.SHA256 || (/^sha256:(.+)$/.exec(env.TARFILE_CHECKSUM ?? '')?.[1] ?? '')
    this.#images.push({
      action: id,
      url: env[variable]!,
      sha256: digest === '' ? null : digest.toLowerCase(),
      kind: variable === 'ARCHIVE_URL' ? 'archive' : kind === 'reference' ? 'oci' : 'disk',
      caCertificate: this.#caOf(env.TLS_CA_CERT, where['env.TLS_CA_CERT'] ?? where.action!),
      spot: where[`env.${variable}`] ?? where.action!,
    })
  }

  #caOf(text: string | undefined, spot: Spot): string | null {
    if (!text) return null
    const pem = Buffer.from(text, 'base64').toString('latin1')
    if (pem.length <= MOST_PEM && pem.includes('-----BEGIN CERTIFICATE-----')) return pem
    this.#notes.mistake(
      spot,
      `TLS_CA_CERT is no certificate in PEM of at most ${MOST_PEM} bytes, in base64`,
      'Write what `base64 -w0 ca.pem` says, or leave it out.',
    )
    return null
  }

  /** What the builtin itself has to say of its arguments. */
  #arguments(step: Step, builtin: BuiltinName, said: Record<string, unknown>, from: Words['from']): void {
    const { arguments: all } = builtins[builtin]
    const given = all.partial().safeParse(said)
    for (const { path, message } of given.error?.issues ?? []) {
      const spot = step.where[`env.${from[String(path[0])]}`] ?? step.where.action!
      // Tinkerbell's own words for it come first.
      if (this.#notes.mistakes.some(({ line, column }) => line === spot.line && column === spot.column)) continue
      this.#notes.mistake(
        spot,
        `${step.name}: ${path.join('.')} ${message}`,
        'Mend it, or the value that it comes from.',
      )
    }
  }

  #end(running: readonly Step[]): void {
    const isEnd = ({ uses, after }: WorkflowAction) => !after && ENDS.includes(uses.builtin)
    const first = this.#actions.findIndex(isEnd)
    if (first < 0) {
      this.#ours('reboot')
      const spot = running.at(-1)?.where.action ?? { line: 1, column: 1, path: '' }
      this.#notes.warning(
        spot,
        'The workflow says nothing of how the machine ends: it ends as its profile says',
        'End it with reboot, kexec or waitdaemon.',
      )
      return
    }
    const late = this.#actions.slice(first + 1).find(({ after }) => !after)
    if (late)
      this.#notes.mistake(
        this.#sources[late.id]!,
        `${late.name} comes behind ${this.#actions[first]!.name}, which ends the machine`,
        'Put what ends the machine at the end.',
      )
    // what follows a failure of the last action stands before it, for the last action of a plan ends the machine
    else this.#actions.push(...this.#actions.splice(first, 1))
  }

  #tellOrder(running: readonly Step[]): void {
    const used: BuiltinName[] = []
    for (const { id, name, uses } of this.#actions) {
      const { once } = builtins[uses.builtin] as { once?: string }
      const twice = uses.builtin === 'write-image' || once
      if (twice && used.includes(uses.builtin))
        this.#notes.mistake(
          this.#sources[id]!,
          `${name} is a second action that uses ${uses.builtin}, and a plan has one disk and one image`,
          'Write a workflow for each.',
        )
      used.push(uses.builtin)
    }
    if (!running.some((step) => isInstalling(builtinOf(step))))
      this.#notes.mistake(
        { line: 1, column: 1, path: '' },
        'Nothing in the workflow puts an OS on the disk',
        'Take image2disk, oci2disk, qemuimg2disk or archive2disk.',
      )
  }

  #report(running: readonly Step[], wished: Report['is'] | null): Report {
    const last = this.#actions.at(-1)!
    const ends = last.with.how === 'poweroff' ? 'poweroff' : 'boot'
    const told = reportOf(running, ends)
    const is = wished ?? told.is
    if (wished === 'seed' && told.is === 'none')
      this.#notes.warning(
        told.hindered ?? { line: 1, column: 1, path: '' },
        `The OS may never report that it runs: ${told.why}`,
        'Say report: none, or let cloud-init read NoCloud.',
      )
    const theirs = this.#actions.find(({ uses }) => uses.builtin === 'seed')
    if (theirs && is === 'none') theirs.with.reports = false
    // behind the image, before anything grows its partitions over the room that the seed needs
    if (is === 'seed' && !theirs) {
      const image = this.#actions.findIndex(({ uses }) => isInstalling(uses.builtin))
      if (image >= 0) this.#ours('seed', image + 1, { growRoot: false })
    }
    return { ...told, is, why: wished ? 'a person said so' : told.why }
  }

  #disk(running: readonly Step[]): string | null {
    const named = new Map<string, Spot>()
    for (const { env, where } of running)
      for (const variable of ['DEST_DISK', 'BLOCK_DEVICE', 'GRUB_INSTALL_PATH', 'GRUB_DISK']) {
        const disk = env[variable] ? deviceOf(env[variable])?.disk : undefined
        if (disk && disk !== CHOSEN && !named.has(disk)) named.set(disk, where[`env.${variable}`]!)
      }
    const [first, second] = [...named.keys()]
    if (second)
      this.#notes.mistake(
        named.get(second)!,
        `The workflow touches ${second} besides ${first}, and a plan has one disk`,
        'Write {{ index .Hardware.Disks 0 }} for the disk that is chosen.',
      )
    return first ?? null
  }
}

const isInstalling = (name: string | null) => builtinNamed(name)?.installs === true
