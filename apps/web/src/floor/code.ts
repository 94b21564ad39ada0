/** Why a machine is taken out, as far as the sheet has a code for it. */
export const outReasons = ['damaged', 'parts', 'power', 'network', 'model', 'other'] as const
export type OutReason = (typeof outReasons)[number]

/** What is done with the machines that are scanned, until another command is. */
export type Job =
  | { kind: 'look-up' }
  | { kind: 'hold' }
  | { kind: 'release' }
  | { kind: 'retry' }
  | { kind: 'assign'; batch: string }
  | { kind: 'take-out'; why: OutReason }

export const LOOK_UP: Job = { kind: 'look-up' }

/** What a command code asks for; a batch is named by its code, which `batchCode` makes. */
export type Command = Exclude<Job, { kind: 'assign' }> | { kind: 'assign-by-code'; code: string } | { kind: 'undo' }

/** What was scanned. */
export type Read =
  | { kind: 'nothing' }
  | { kind: 'too-long' }
  | { kind: 'command'; command: Command }
  /** it begins as a command does, and is none */
  | { kind: 'no-command'; code: string }
  /** the code by which a scanner's keyboard layout is tried */
  | { kind: 'keyboard'; fits: boolean }
  /** `ref`: as the server is asked for it */
  | { kind: 'machine'; ref: string }

/**
 * With what every command begins. A scanner types the keys of one keyboard layout and the computer reads those of another:
 * between German, English and US ones Y and Z change places, and so do most signs. What stays is digits, the other letters
 * and the full stop, which no name, MAC or UUID of a machine has at that place.
 */
export const PREFIX = 'EIMS.'
/** Of all commands' characters; Caps Lock on a scanner is let pass. */
export const SURVIVES = /^[0-9A-X.]+$/

/** The longest serial that there is. */
const MOST = 128
const KEYBOARD = 'TEST.YZ'
const KEYBOARD_SWAPPED = 'TEST.ZY'

const words = {
  LOOK: { kind: 'look-up' },
  HOLD: { kind: 'hold' },
  RELEASE: { kind: 'release' },
  AGAIN: { kind: 'retry' },
  UNDO: { kind: 'undo' },
} as const satisfies Record<string, Command>

/** The code of each command that is always there, in the order of the sheet. */
export const commandCodes = Object.entries(words).map(([word, command]) => ({ code: PREFIX + word, command }))
/** Of the code by which a scanner's keyboard layout is tried: it has the letters that change places. */
export const KEYBOARD_CODE = PREFIX + KEYBOARD
export const outCode = (why: OutReason): string => `${PREFIX}OUT.${why.toUpperCase()}`
/** By the end of a batch's id: its name may change, and may hold characters that do not survive. */
export const batchCode = (id: string): string => `${PREFIX}BATCH.${id.replaceAll('-', '').slice(-10).toUpperCase()}`

/** PURE: what a line of a scanner is. */
export function readCode(line: string): Read {
  const text = line.normalize('NFC').replace(/\p{C}/gu, '').trim()
  if (/^\.*$/.test(text)) return { kind: 'nothing' }
  if (text.length > MOST) return { kind: 'too-long' }
  const code = text.toUpperCase()
  if (!code.startsWith(PREFIX)) return { kind: 'machine', ref: asTyped(text) }
  const word = code.slice(PREFIX.length)
  if (word === KEYBOARD || word === KEYBOARD_SWAPPED) return { kind: 'keyboard', fits: word === KEYBOARD }
  const command = commandOf(word, code)
  return command ? { kind: 'command', command } : { kind: 'no-command', code }
}

function commandOf(word: string, code: string): Command | null {
  if (Object.hasOwn(words, word)) return words[word as keyof typeof words]
  if (/^BATCH\.[0-9A-F]{10}$/.test(word)) return { kind: 'assign-by-code', code }
  const why = outReasons.find((each) => code === outCode(each))
  return why ? { kind: 'take-out', why } : null
}

/** Another layout's sign between the bytes of a MAC or the parts of a UUID is the one that was meant. */
function asTyped(text: string): string {
  const hex = (lengths: readonly number[]) =>
    new RegExp(`^${lengths.map((length) => `([0-9a-f]{${length}})`).join('(?:[^0-9a-z])')}$`, 'iu')
  for (const [lengths, sign] of [
    [[2, 2, 2, 2, 2, 2], ':'],
    [[8, 4, 4, 4, 12], '-'],
  ] as const) {
    const parts = hex(lengths).exec(text)?.slice(1)
    if (parts) return parts.join(sign)
  }
  return text
}

/** PURE: whether a code that fits no machine may have come by another keyboard layout than the scanner's. */
export const isPerhapsMistyped = (text: string): boolean => /[yz]|[^\x20-\x7e]|[;'/?]/i.test(text)
