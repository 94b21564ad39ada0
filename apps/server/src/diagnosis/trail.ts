import { type Event, told as inWords, type Reason, readReason } from '@eims/contracts'

/** The marks that a machine left in one pass, each as its first and last event of that kind; undefined: none. */
export interface Trail {
  events: Event[]
  /** the last sign of any kind, ms since 1970; null: none */
  heardAt: number | null
  discovers: number
  /** offered to be answered on port 4011 */
  pointed?: Mark
  /** a REQUEST on 67, to the server that gives the address */
  requested?: Mark
  /** the same by iPXE, which says a user class */
  taken?: Mark
  /** told a boot file by TFTP */
  named?: Mark
  /** told a boot file's URL */
  byHttp?: Mark
  /** told the script */
  scripted?: Mark
  denied?: Mark
  /** its packet came to nothing, whatever it asked */
  dropped?: Mark
  ignored?: Mark
  binaryRead?: Mark
  autoexecRead?: Mark
  tftpFailed?: Mark
  decided?: Mark
  failed?: Mark
  kernel?: Mark
  initrd?: Mark
  site?: Mark
  conflict?: Mark
}

export interface Mark {
  first: Event
  last: Event
  count: number
}

type MarkName = Exclude<keyof Trail, 'events' | 'heardAt' | 'discovers'>

/** Reads the trail out of one pass's events. Pure; what is no sign of firmware, iPXE or Micro-OS is passed over. */
export function trailOf(events: Event[]): Trail {
  const trail: Trail = { events: events.filter(isSign), heardAt: null, discovers: 0 }
  for (const event of trail.events) {
    trail.heardAt = Math.max(trail.heardAt ?? 0, Date.parse(event.lastAt))
    if (event.kind === 'dhcp.discover') trail.discovers += event.count
    const name = markOf(event)
    if (!name) continue
    const mark = trail[name]
    if (!mark) trail[name] = { first: event, last: event, count: event.count }
    else {
      mark.count += event.count
      if (event.lastAt >= mark.last.lastAt) mark.last = event
    }
  }
  return trail
}

const isSign = ({ kind }: Event) => /^(dhcp|tftp|boot)\./.test(kind) || kind === 'identity.conflict'

/**
 * A text that this server put into an event's data, or null. Messages are never taken apart: a machine says its
 * user class and its file names itself, and could write into them what an operator copies out of a remedy.
 */
export const told = ({ data }: Event, field: string): string | null => {
  const value = data[field]
  return typeof value === 'string' ? value : null
}

/** Why it was, as this server put it into an event's data; a sentence of an earlier version is `told`. */
export const reasonOf = ({ data }: Event): Reason | null => readReason(data.reason)

/** The same of an event whose message is this server's own words from end to end: of an earlier version, those. */
export const causeOf = (event: Event): Reason => reasonOf(event) ?? inWords(event.message)

/** GRUB asks for it, so it runs; what it does next is a decision, or a download that failed. */
const isGrubConfig = (event: Event) => event.data.name === 'grub/grub.cfg'
const isAutoexec = (event: Event) => /(^|\/)autoexec\.ipxe$/.test(String(event.data.name))

function markOf(event: Event): MarkName | null {
  switch (event.kind) {
    case 'dhcp.discover':
    case 'dhcp.request':
      return dhcpMark(event)
    case 'dhcp.dropped':
      // Like any REQUEST on 67: it shows whose address the machine takes, and nobody expected an answer of us.
      return event.data.messageType === 'request' && event.data.port === 67 ? 'requested' : 'dropped'
    case 'tftp.read':
    case 'boot.file':
      if (isGrubConfig(event)) return null
      return isAutoexec(event) ? 'autoexecRead' : 'binaryRead'
    case 'tftp.failed':
      return isAutoexec(event) ? null : 'tftpFailed'
    case 'boot.decision':
      return 'decided'
    case 'boot.failed':
      return 'failed'
    case 'boot.kernel':
      return 'kernel'
    case 'boot.initrd':
      return 'initrd'
    case 'boot.site':
      return 'site'
    case 'identity.conflict':
      return 'conflict'
    default:
      return null
  }
}

function dhcpMark(event: Event): MarkName | null {
  const { outcome, step, port } = event.data
  // A client's REQUEST names the DHCP server whose address it takes; that we do not answer it is no fault.
  if (outcome === 'ignore' && event.kind === 'dhcp.request' && port === 67)
    return typeof event.data.userClass === 'string' ? 'taken' : 'requested'
  if (outcome === 'ignore') return 'ignored'
  switch (step) {
    case 'ask-4011':
      return 'pointed'
    case 'firmware':
    case 'chain':
      return 'named'
    case 'http':
      return 'byHttp'
    case 'script':
      return 'scripted'
    case 'denied':
      return 'denied'
    default:
      return null
  }
}
