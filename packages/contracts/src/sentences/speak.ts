import type { Event, NewEvent } from '../event.ts'
import { readReason } from '../reason.ts'
import { say } from '../say.ts'
import { spokenEnglish } from './english.ts'
import type { Sentence, SentenceCode, SlotsIn, Spoken } from './sentence.ts'

/*
 * How a sentence is made, and put into the words of a language; and what an event says, by its kind and its data.
 */

/** A sentence with all that fills it; the compiler sees that nothing is missing. */
export const sentence = <C extends SentenceCode>(
  code: C,
  ...[slots]: Record<never, never> extends SlotsIn<C> ? [] : [SlotsIn<C>]
): Sentence => ({ code, slots: { ...(slots as object | undefined) } })

const BRACES = /\{(\w+)\}/g

/** PURE: the names of what fills a template. */
export const namesIn = (template: string): string[] => [...template.matchAll(BRACES)].map((match) => match[1]!)

/** PURE: a sentence, and those within it, with no more than what fills them, of all that is known. */
export function narrowed({ code, slots }: Sentence): Sentence {
  const template = spokenEnglish.sentences[code]
  if (typeof template !== 'string') return { code, slots }
  const names = new Set(namesIn(template))
  const kept = Object.entries(slots).filter(([name]) => names.has(name))
  return {
    code,
    slots: Object.fromEntries(kept.map(([name, slot]) => [name, isSentence(slot) ? narrowed(slot) : slot])),
  }
}

/**
 * PURE: a sentence in words; null when this language does not know its code, or something that it needs is not there: it
 * is of another version then, and whoever asks has its English words.
 */
export function speak(said: Sentence, language: Spoken): string | null {
  const { text, isWhole } = put(said, language)
  return isWhole ? text : null
}

/** PURE: a sentence in English. What nobody filled stays in its braces, and a code that nobody knows is told as it is. */
export const inEnglish = (said: Sentence): string => put(said, spokenEnglish).text

interface Put {
  text: string
  isWhole: boolean
}

function put(said: Sentence, language: Spoken): Put {
  const { code, slots } = said
  if (isReason(said)) {
    const reason = readReason(said)
    return { text: reason ? say(reason, language.reasons) : code, isWhole: reason !== null }
  }
  const template = Object.hasOwn(language.sentences, code) ? language.sentences[code] : undefined
  if (template === undefined) return { text: code, isWhole: false }
  if (typeof template === 'function') {
    const isWhole = Object.values(slots).every((figure) => typeof figure === 'number')
    return { text: isWhole ? template(slots as never) : code, isWhole }
  }
  let isWhole = true
  const text = template.replace(BRACES, (brace: string, name: string, at: number) => {
    const slot = Object.hasOwn(slots, name) ? putSlot(slots[name], language) : null
    if (!slot?.isWhole) isWhole = false
    if (!slot) return brace
    const goesOn = at + brace.length < template.length
    return goesOn && isReason(slots[name]) ? withoutStop(slot.text) : slot.text
  })
  return { text, isWhole }
}

/** Words that are not ours may bring one along. */
const withoutStop = (words: string): string => words.replace(/\.$/, '')

function putSlot(value: unknown, language: Spoken): Put | null {
  if (typeof value === 'string' || typeof value === 'number') return { text: String(value), isWhole: true }
  if (Array.isArray(value)) {
    const each = value.map((one) => putSlot(one, language))
    if (each.includes(null)) return null
    return { text: each.map((one) => one!.text).join(', '), isWhole: each.every((one) => one!.isWhole) }
  }
  return isSentence(value) ? put(value, language) : null
}

const isSentence = (value: unknown): value is Sentence =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'slots' in value &&
  typeof value.slots === 'object' &&
  value.slots !== null

/** Codes of reasons are words with hyphens. */
const isReason = (value: unknown): boolean => isSentence(value) && !value.code.includes('.')

type Data = Event['data']
const of = (code: string, slots: Data): Sentence => ({ code, slots })

/**
 * PURE: what an event says, of its kind and its data. Null where they do not tell: an earlier version wrote it, and its
 * message is all that there is; or the kind is none of a machine's.
 */
export function sentenceOfEvent({ kind, data }: Pick<Event, 'kind' | 'data'>): Sentence | null {
  switch (kind) {
    case 'dhcp.discover':
    case 'dhcp.request': {
      const [asked, answer] = [askedOf(data), answerOf(data)]
      return asked && sentence('dhcp.sighting', { asked, answer })
    }
    case 'dhcp.dropped':
      return of(kind, { packet: packetOf(data), reason: data.reason })
    case 'tftp.read':
      return of(kind, { ...data, milliseconds: Math.round(Number(data.milliseconds)) })
    case 'boot.decision':
      return of(`${kind}.${String(data.kind)}`, data)
    case 'boot.failed':
    case 'identity.conflict':
    case 'instance.provisioned':
    case 'instance.failed':
      return readReason(data.reason)
    case 'report.refused':
      return of(`${kind}.${String(data.of)}`, data)
    case 'node.registered':
    case 'node.discovered':
    case 'node.changed':
    case 'node.deleted':
      return ofNode(kind, data)
    case 'run.paused':
      return of(data.action === undefined ? kind : 'run.paused-for-person', { ...slotsOf(data.reason), ...data })
    case 'run.ended':
      return because(of(`${kind}.${String(data.state)}`, {}), data)
    case 'action.started':
      return of(`${kind}.${data.revived ? 'revived' : data.attempt === 1 ? 'first' : 'again'}`, data)
    case 'action.ended':
      return ofEndedAction(data)
    case 'instance.running':
      return ofRunning(data)
    default:
      return of(kind, data)
  }
}

/** PURE: an event with its English message, made of its kind and its data. */
export const worded = (event: Omit<NewEvent, 'message'>): NewEvent => ({ ...event, message: messageOf(event) })

/** PURE: that message. */
export function messageOf({ kind, data = {} }: Pick<NewEvent, 'kind' | 'data'>): string {
  const said = sentenceOfEvent({ kind, data })
  return said ? inEnglish(said) : kind
}

/**
 * PURE: what a netboot client asked: `DISCOVER on port 67 from x64 UEFI`; iPXE goes by its user class. Null: its `firmware`,
 * the names of its architectures, or the numbers of those that have none, was not written down.
 */
export function askedOf({ messageType, port, userClass, firmware }: Data): Sentence | null {
  if (!Array.isArray(firmware)) return null
  const names = firmware.map((each) =>
    typeof each === 'number' ? sentence('dhcp.architecture', { number: each }) : each,
  )
  return of('dhcp.asked', { type: String(messageType).toUpperCase(), port, from: userClass ?? names })
}

/** PURE: of a packet that came to nothing, what it was: `DISCOVER on port 67`. */
export const packetOf = ({ messageType, port }: Data): Sentence =>
  typeof messageType === 'string'
    ? of('dhcp.packet', { type: messageType.toUpperCase(), port })
    : of('dhcp.unreadable', { port })

/** PURE: what a netboot client was answered: `sent the script http://…`, `ignored: the REQUEST is for the server …`. */
export const answerOf = ({ step, file, reason }: Data): Sentence =>
  of(`dhcp.answer.${typeof step === 'string' ? step : 'ignored'}`, {
    file: file ?? '',
    reason: reason ?? sentence('seen.no-reason'),
  })

const slotsOf = (reason: unknown) => (reason as { slots?: Data } | null | undefined)?.slots ?? {}

function ofNode(kind: string, data: Data): Sentence | null {
  const { how, waiting, request, from, action, identifiers } = data
  const known = Array.isArray(identifiers)
    ? {
        ...data,
        identifiers: identifiers.map(({ kind, value }) => ({ code: `identifier.${String(kind)}`, slots: { value } })),
      }
    : data
  if (how === 'undone') return of(data.file ? 'import.undone-file' : 'import.undone', data)
  if (typeof how === 'string') return of(`${kind}.${how}`, known)
  if (waiting) return of('node.changed.waits', data)
  if (typeof request === 'string') return of(`node.changed.${request}`, data)
  if (action !== undefined) return of(from === 'start' ? 'node.changed.retry-start' : 'node.changed.retry', data)
  return of(kind, known)
}

/** An end, with why it was, where that is known. */
function because(ended: Sentence, { reason: stored }: Data): Sentence {
  const reason = readReason(stored)
  return reason ? sentence('ended.because', { ended, reason }) : ended
}

function ofEndedAction(data: Data): Sentence {
  if (data.forGood) return of('ended.for-good', data)
  const how = of(`action.ended.${String(data.state)}`, data)
  const ended = data.state === 'CANCELLED' ? how : because(how, data)
  return data.again ? sentence('ended.tried-again', { ended }) : ended
}

function ofRunning(data: Data): Sentence {
  const { by, osVersion, installer, cuts, image, digest } = data
  if (by === undefined)
    return of('instance.running', {
      osVersion,
      installer: installer ? sentence('instance.installer') : '',
      cut: typeof cuts === 'number' && cuts > 0 ? sentence('instance.cut', { cuts }) : '',
    })
  return of('instance.adopted', {
    by,
    osVersion,
    image: image ? of(`instance.image.${String(digest)}`, image as Data) : sentence('instance.image-unknown'),
  })
}
