import {
  cellText,
  isPlaceholderMac,
  isPlaceholderSerial,
  type MachineIdentity,
  Name,
  NodeName,
  Serial,
} from '@eims/contracts'
import type { Customization, Unit } from './customization.ts'
import type { MediumProfile } from './directory.ts'

/** A mistake in a list, with the line that it stands in (from 1) and the column's name. */
export interface UnitFault {
  line: number
  column: string
  message: string
}

const COLUMNS = ['serial', 'name', 'profile', 'config'] as const

/**
 * PURE: a list of units, CSV with the columns Serial and Name, and Profile and Config where they differ: separated by comma,
 * semicolon or tab. `config` names a file beside the list.
 * @param profiles names of those that the medium brings
 * @returns the units, and where each stands: lines from 1
 */
export function readUnits(
  text: string,
  profiles: readonly string[],
): { units: Unit[]; lines: number[]; faults: UnitFault[] } {
  const faults: UnitFault[] = []
  const rows = rowsOf(text.replace(/^\uFEFF/, ''))
  const header = rows.shift()
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? []
  for (const column of ['serial', 'name'])
    if (!names.includes(column))
      faults.push({ line: 1, column, message: 'is missing; the first line is for example Serial,Name,Profile,Config' })
  for (const name of names)
    if (!COLUMNS.includes(name as (typeof COLUMNS)[number]))
      faults.push({ line: 1, column: name, message: `is no column; there are ${COLUMNS.join(', ')}` })
  if (faults.length > 0) return { units: [], lines: [], faults }
  const units: Unit[] = []
  const lines: number[] = []
  const seen = new Map<string, number>()
  for (const { line, cells } of rows) {
    const cell = (column: (typeof COLUMNS)[number]) => cellText(cells[names.indexOf(column)])
    const serial = Serial.safeParse(cell('serial'))
    const name = NodeName.safeParse(cell('name'))
    const fault = (column: string, message = '') => faults.push({ line, column, message })
    if (cells.length > names.length)
      fault(names.at(-1) ?? '', `is followed by ${cells.length - names.length} cells too many`)
    if (!serial.success) fault('serial', serial.error.issues[0]?.message)
    if (!name.success) fault('name', cell('name') === '' ? 'is empty' : name.error.issues[0]?.message)
    const profile = cell('profile') || null
    if (profile !== null && (!Name.safeParse(profile).success || !profiles.includes(profile)))
      fault('profile', `is none of the medium’s: ${profiles.join(', ')}`)
    const keys = [
      ...(serial.success ? [`serial ${keyOf(serial.data)}`] : []),
      ...(name.success ? [`name ${name.data.toLowerCase()}`] : []),
    ]
    for (const key of keys) {
      const before = seen.get(key)
      if (before !== undefined) fault(key.split(' ')[0]!, `is that of line ${before}`)
      seen.set(key, line)
    }
    if (!serial.success || !name.success) continue
    lines.push(line)
    units.push({ serial: serial.data, name: name.data, profile, config: cell('config') || null })
  }
  return faults.length > 0 ? { units: [], lines: [], faults } : { units, lines, faults }
}

/** Compared without case, as a label is read. */
const keyOf = (serial: string): string => serial.normalize('NFC').trim().toLowerCase()

interface Row {
  line: number
  cells: string[]
}

/** RFC 4180; empty lines are left out. */
function rowsOf(text: string): Row[] {
  const first = /^[^\r\n]*/.exec(text)?.[0] ?? ''
  const separator = [';', '\t'].find((each) => first.includes(each)) ?? ','
  const rows: Row[] = []
  let row: Row = { line: 1, cells: [] }
  let cell = ''
  let quoted = false
  let line = 1
  const endRow = () => {
    row.cells.push(cell)
    cell = ''
    if (row.cells.some((each) => each.trim() !== '')) rows.push(row)
  }
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '\n') line += 1
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (text[at + 1] === '"') cell += text[++at]
      else quoted = false
    } else if (letter === '"' && cell === '') quoted = true
    else if (letter === separator) {
      row.cells.push(cell)
      cell = ''
    } else if (letter === '\n') {
      endRow()
      row = { line, cells: [] }
    } else if (letter !== '\r') cell += letter
  }
  endRow()
  return rows
}

/** What one machine gets of a medium. */
export interface Chosen {
  name: string
  profile: MediumProfile
  /** its config-file; null: none */
  config: { text: string; of: 'node' | 'many' } | null
}

/**
 * PURE: what a machine gets, or why it gets nothing. With a list only the machines that it names are installed: a stick that
 * was made for ten machines does nothing to the eleventh.
 */
export function chosenFor(
  identity: MachineIdentity,
  profiles: readonly MediumProfile[],
  { units, config, configs }: Customization,
): Chosen | { refused: string } {
  const { serial } = identity
  const unit = serial === undefined ? undefined : units.find((each) => keyOf(each.serial) === keyOf(serial))
  if (units.length > 0 && !unit)
    return {
      refused: `This medium is for ${units.length} machines by their serial numbers, and ${serial === undefined ? 'this machine tells none' : `${serial} is not among them`}.`,
    }
  const profile = unit?.profile ? profiles.find((each) => each.profile.name === unit.profile) : profiles[0]
  if (!profile) return { refused: `The list names profile ${unit?.profile}, which is not on this medium.` }
  if (unit?.config != null && !Object.hasOwn(configs, unit.config))
    return { refused: `The list names config-file ${unit.config}, which is not on this medium.` }
  const own = unit?.config == null ? null : (configs[unit.config] ?? null)
  const name = unit?.name ?? nameOf(identity)
  if (name === null) return { refused: 'This machine has no serial number and no network card to name it by.' }
  return {
    name,
    profile,
    config: own !== null ? { text: own, of: 'node' } : config !== null ? { text: config, of: 'many' } : null,
  }
}

/** PURE: the name of a machine that nobody named, as a registry would make it: of its serial number, else of a network card. */
export function nameOf({ serial, macs }: MachineIdentity): string | null {
  const own = serial === undefined || isPlaceholderSerial(serial) ? '' : serial
  const latin = own.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const card = macs.find((mac) => !isPlaceholderMac(mac))?.replaceAll(':', '') ?? ''
  const label = [latin.replace(/[^a-z0-9]+/g, '-'), card].find((text) => /[a-z0-9]/.test(text))
  return label === undefined ? null : `node-${label}`.slice(0, 63).replace(/-+$/, '')
}
