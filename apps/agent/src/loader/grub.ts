import { type Edit, edited, type Form, initrdsIn } from './words.ts'

/*
 * GRUB's files (GRUB manual 2.12). /etc/default/grub is read by a shell, and what it sets goes into grub.cfg as it is; there
 * GRUB's own shell reads it, whose quotes are much the same.
 */

/** GRUB manual, "Quoting": a backslash, single quotes, and double quotes, in which $ is still a variable's. */
const grubForm: Form = {
  split: (line) => line.match(/(?:\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s'"\\])+/gs) ?? [],
  plain: (written) =>
    written.replace(
      /\\(.)|'([^']*)'?|"((?:\\.|[^"\\])*)"?/gs,
      (_, escaped?: string, single?: string, double?: string) =>
        escaped ?? single ?? double!.replace(/\\([$"\\])/g, '$1'),
    ),
  write: (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`),
}

const LINUX = /^([ \t]*linux(?:efi|16)?[ \t]+\S+)([ \t]*)(.*)$/gm

/** PURE: a grub.cfg with other arguments behind each kernel; memory tests are none. */
export const editGrubCfg = (text: string, edit: Edit): string =>
  text.replace(LINUX, (line, start: string, space: string, rest: string) => {
    if (/memtest|memdisk/i.test(start)) return line
    const result = edited(rest, edit, grubForm)
    return result === rest ? line : `${start}${result === '' ? '' : space || ' '}${result}`
  })

/** PURE: a kernel of a grub.cfg, its first: paths as the file says them. Variables of GRUB are as they stand there. */
export function firstInGrubCfg(text: string): { kernel: string; initrds: string[]; commandLine: string } | null {
  for (const match of text.matchAll(LINUX)) {
    const [line, start = '', , rest = ''] = match
    if (/memtest|memdisk/i.test(start)) continue
    const behind = text.slice(match.index + line.length)
    const [, initrd = ''] = /^[ \t]*initrd(?:efi|16)?[ \t]+(.*\S)/m.exec(behind.slice(0, endOfEntry(behind))) ?? []
    const initrds = initrdsIn(grubForm.split(initrd).map(grubForm.plain))
    const words = grubForm.split(rest).map(grubForm.plain)
    return { kernel: grubForm.plain(start.trim().split(/\s+/)[1]!), initrds, commandLine: words.join(' ') }
  }
  return null
}

/** PURE: the arguments that a grub.cfg of RHEL 8 falls back to where the environment block has none; null: it has none either. */
export function defaultKernelopts(text: string): string | null {
  const [, written] = /^[ \t]*set[ \t]+kernelopts=(\S.*)$/m.exec(text) ?? []
  return written === undefined ? null : grubForm.plain(grubForm.split(written)[0]!).trim()
}

const endOfEntry = (text: string): number => {
  const at = text.search(/^[ \t]*\}/m)
  return at < 0 ? text.length : at
}

const VARIABLES = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'] as const

/** PURE: whether a file sets the arguments of every kernel. */
export const setsCommandLine = (text: string): boolean => assignments(text).some(({ name }) => name === VARIABLES[0])

/**
 * PURE: /etc/default/grub, or a file of /etc/default/grub.d, with other arguments. They are removed wherever they are set
 * and added to the last GRUB_CMDLINE_LINUX, which is every kernel's; where there is none, one is appended.
 * @param edit.add empty for files behind which another one sets the variable
 */
export function editGrubDefault(text: string, edit: Edit): string {
  const found = assignments(text)
  const last = found.findLast(({ name }) => name === VARIABLES[0])
  let result = text
  for (const each of found.toReversed()) {
    const add = each === last ? edit.add : []
    const before = fromShell(each.written)
    const after = edited(before, { add, remove: edit.remove }, grubForm)
    if (after !== before) result = result.slice(0, each.start) + toShell(after) + result.slice(each.end)
  }
  if (last || edit.add.length === 0) return result
  const value = toShell(edited('', { add: edit.add, remove: [] }, grubForm))
  return `${result}${result === '' || result.endsWith('\n') ? '' : '\n'}${VARIABLES[0]}=${value}\n`
}

interface Assignment {
  name: (typeof VARIABLES)[number]
  /** the value as it is written, from `start` to `end` of the text */
  written: string
  start: number
  end: number
}

/** Comments are no assignments; a value may go on over lines inside of its quotes. */
function assignments(file: string): Assignment[] {
  const pattern =
    /^([ \t]*(?:export[ \t]+)?(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)=)((?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s'"\\;#&|])*)/gm
  return [...file.matchAll(pattern)].map(({ index, 1: before, 2: name, 3: written }) => {
    const start = index + before!.length
    return { name: name as Assignment['name'], written: written!, start, end: start + written!.length }
  })
}

/** What the shell expands stays: these stand for a `$` and a backquote that it sees. */
const [EXPANDS, COMMAND] = ['\ue000', '\ue001']

/** PURE: the text that a shell makes of a value, before it expands what is in it. */
function fromShell(written: string): string {
  const expanding = (text: string) => text.replaceAll('$', EXPANDS).replaceAll('`', COMMAND)
  return written.replace(
    /\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|([^\\'"]+)/g,
    (_, escaped?: string, single?: string, double?: string, bare?: string) => {
      if (escaped !== undefined) return escaped === '\n' ? '' : escaped
      if (single !== undefined) return single
      if (bare !== undefined) return expanding(bare)
      return double!.replace(/\\([$`"\\\n])|([\s\S])/g, (_all, quoted?: string, plain?: string) =>
        quoted === undefined ? expanding(plain!) : quoted === '\n' ? '' : quoted,
      )
    },
  )
}

/** PURE: the same text as a value in double quotes. */
const toShell = (text: string): string =>
  `"${text
    .replace(/[\\"$`]/g, '\\$&')
    .replaceAll(EXPANDS, '$')
    .replaceAll(COMMAND, '`')}"`
