import { meant, type Note, Notes, quoted, type Spot } from '@eims/placed-yaml'
import type { Step, Steps } from '../steps.ts'
import { catalogue, everywhere } from './catalogue.ts'
import { type Builtin, type Contract, isYes, type Variable } from './contract.ts'
import { endingOf } from './ending.ts'
import { kinds } from './kinds.ts'

/**
 * What is wrong with what the actions of a workflow are told, by what each of them takes: a variable that is missing or
 * holds what it cannot, an action that is not done here. Steps that do not run are left out.
 */
export function check({ actions }: Steps): { mistakes: Note[]; warnings: Note[] } {
  const notes = new Notes()
  const steps = actions.flatMap((action) => [action, ...action.onFailure, ...action.onTimeout])
  const disks = new Set(
    steps.flatMap(({ env, action }) => ('IMG_URL' in catalogue[action].env ? (env.DEST_DISK ?? []) : [])),
  )
  for (const step of steps) {
    if (!step.runs) continue
    checkStep(step, notes)
    checkPartitions(step, disks, notes)
  }
  return { mistakes: notes.mistakes, warnings: notes.warnings }
}

/** What of ours does a step; null: nothing, because it is left out or refused. */
export function builtinOf(step: Step): Builtin | null {
  const { builtin, builtinFor, verdict } = catalogue[step.action]
  if (verdict?.(step)) return null
  return builtinFor ? builtinFor(step) : builtin
}

function checkStep(step: Step, notes: Notes): void {
  const contract = catalogue[step.action]
  const whole = step.where.action!
  const verdict = contract.verdict?.(step)
  if (verdict)
    notes[verdict.is === 'refused' ? 'mistake' : 'warning'](step.where.image ?? whole, verdict.sentence, verdict.remedy)
  checkCommand(step, contract, notes)
  for (const [name, value] of Object.entries(step.env)) {
    const variable = own(contract.env, name) ?? own(everywhere, name)
    const spot = step.where[`env.${name}`] ?? whole
    if (variable) checkValue(name, value, variable, spot, notes)
    // what a task gives to all its actions is not for each of them
    else if (spot.path.startsWith(`${whole.path}.`)) checkUnknown(name, step, contract, spot, notes)
  }
  for (const [name, { required }] of Object.entries(contract.env))
    if (required && !isGiven(step, name))
      notes.mistake(whole, `${step.action} needs ${name}, and it is not given`, `Give ${name} in its environment.`)
  checkOneOf(step, contract, notes)
}

const own = (of: Readonly<Record<string, Variable>>, name: string) => (Object.hasOwn(of, name) ? of[name] : undefined)
const isGiven = ({ env }: Step, name: string) => Object.hasOwn(env, name) && env[name] !== ''

/** `{{ index .Hardware.Disks 0 }}3` is a partition of /dev/sda, and none of /dev/nvme0n1: /dev/nvme0n13. */
function checkPartitions(step: Step, disks: ReadonlySet<string>, notes: Notes): void {
  for (const [name, value] of Object.entries(step.env))
    for (const disk of disks) {
      const number = value.startsWith(disk) ? value.slice(disk.length) : ''
      const isById = disk.startsWith('/dev/disk/')
      if (!/^\d{1,3}$/.test(number) || !(isById || /\d$/.test(disk))) continue
      notes.mistake(
        step.where[`env.${name}`]!,
        `${name}: ${value} is no partition of ${disk}, which is ${disk}${isById ? '-part' : 'p'}${number}`,
        `Write {{ formatPartition (index .Hardware.Disks 0) ${number} }}, which is right for every disk.`,
      )
    }
}

function checkCommand(step: Step, { builtin, builtinFor, commands }: Contract, notes: Notes): void {
  const { action, command } = step
  const spot = step.where.command ?? step.where.action!
  if (commands) {
    if (!commands.includes(command[0] ?? ''))
      notes.mistake(spot, `${action} needs a command of ${commands.join(', ')}`, `Write command: ["${commands[0]}"].`)
  } else if (command.length > 0 && !builtinFor && (builtin === null || endingOf(command) !== builtin))
    notes.mistake(
      spot,
      `${action} does not run ${quoted(command.join(' '))}: no image is run, and it takes no command`,
      'Leave the command out, or take the action that does what it says.',
    )
}

function checkValue(name: string, value: string, variable: Variable, spot: Spot, notes: Notes): void {
  const { kind, among, unused } = variable
  if (unused) notes.warning(spot, `${name} changes nothing here: ${unused}`, 'Leave it out, or leave it as it is.')
  // an action takes an empty variable for one that is not there; if it must be there, that is told of the step
  if (value === '') return
  const wrong = among && !among.includes(value) ? `must be one of ${among.join(', ')}` : kinds[kind](value)
  if (wrong)
    notes.mistake(spot, `${name} ${wrong}`, `It is ${quoted(value)}; mend it, or the value that it comes from.`)
  if (kind === 'flag' && /^(?:false|no|n|0|off)$/i.test(value))
    notes.warning(spot, `${name} is on, because any text means yes`, 'Leave it out, or leave it empty, to have it off.')
}

function checkUnknown(name: string, step: Step, contract: Contract, spot: Spot, notes: Notes): void {
  const known = Object.keys(contract.env)
  const near = meant(name, known)
  if (near) notes.warning(spot, `${step.action} has no variable ${name}: did you mean ${near}?`, `Write ${near}.`)
  else if (!contract.isOpen)
    notes.warning(
      spot,
      `${step.action} has no variable ${name}`,
      known.length === 0 ? 'Leave it out; it takes none.' : `Leave it out; there are ${known.join(', ')}.`,
    )
}

function checkOneOf(step: Step, { env, oneOf = [] }: Contract, notes: Notes): void {
  const given = oneOf.filter((name) => isGiven(step, name) && (env[name]!.kind !== 'boolean' || isYes(step.env[name])))
  const isEmptyOne = (name: string) => env[name]!.mayBeEmpty && Object.hasOwn(step.env, name)
  const [first, second] = given
  if (second !== undefined)
    notes.mistake(
      step.where[`env.${second}`] ?? step.where.action!,
      `${first} and ${second} are both given, and they mean the same thing`,
      'Leave one of them out.',
    )
  if (first === undefined && oneOf.length > 0 && !oneOf.some(isEmptyOne))
    notes.mistake(
      step.where.action!,
      `${step.action} needs one of ${oneOf.join(', ')}`,
      `Give ${oneOf[0]} in its environment.`,
    )
}
