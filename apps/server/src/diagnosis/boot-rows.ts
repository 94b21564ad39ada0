import {
  type Event,
  type Reason,
  type ReasonCode,
  readReason,
  type Sentence,
  type Slot,
  type Slots,
  type Symptom,
  sentence,
} from '@eims/contracts'
import { isOfSignedChain, isOptional } from '../signed-chain.ts'
import type { DiagnosisFacts } from './facts.ts'
import { ago, megabytes, span } from './figures.ts'
import { silence } from './silence.ts'
import type { Finding } from './symptoms.ts'
import { causeOf, type Mark, reasonOf, type Trail, told } from './trail.ts'
import { twinFinding } from './twin-rows.ts'
import { conflictRemedy } from './waiting.ts'

const PACKETS_PER_SECOND = 8

/**
 * Why a machine that has no agent yet is where it is: from the furthest mark of its trail back to the first. Pure.
 * A machine that left no mark is said to have left none.
 */
export function bootFinding(trail: Trail, facts: DiagnosisFacts): Finding {
  return (
    policy(facts) ??
    decided(trail, facts) ??
    gate(trail) ??
    dropped(trail, facts) ??
    microOs(trail, facts) ??
    script(trail, facts) ??
    bootFile(trail) ??
    dhcp(trail, facts) ??
    silence(facts)
  )
}

const at = (mark: Mark) => Date.parse(mark.first.at)
const later = (one: Mark | undefined, other: Mark | undefined) =>
  one !== undefined && (other === undefined || one.last.lastAt >= other.last.lastAt)
/** Of a file that the machine asked for; unnamed where an earlier version did not note it. */
const fileOf = (event: Event): string | null =>
  told(event, 'name')?.replace(/^([0-9a-f]{2}-){5}[0-9a-f]{2}\//, '') ?? null
const itsBootFile = sentence('seen.its-boot-file')

/** What the one decision said when it does not lead into the Micro-OS, or a download that failed after it. */
function decided(trail: Trail, facts: DiagnosisFacts): Finding | null {
  const { decided, failed, kernel, conflict } = trail
  if (conflict && !facts.node) {
    const why = causeOf(conflict.last)
    const quarantined = {
      symptom: 'quarantined',
      slots: { reason: why },
      also: conflictRemedy(why),
    } as const
    return twinFinding(conflict.last) ?? quarantined
  }
  if (failed && ((later(failed, decided) && later(failed, kernel)) || failsAgain(failed, trail)))
    return failure(failed, facts)
  if (!decided || later(kernel, decided)) return null
  const { kind, where } = decided.last.data
  const why = causeOf(decided.last)
  if (why.code === 'quarantined') {
    const twin = twinFinding(decided.last)
    if (twin) return twin
    const { candidates } = why.slots
    return {
      symptom: 'quarantined',
      slots: {
        reason:
          candidates.length > 0 ? sentence('seen.candidates', { reason: why.slots.why, candidates }) : why.slots.why,
      },
      also: conflictRemedy(readReason(why.slots.why) ?? why),
    }
  }
  if (kind === 'refused')
    return { symptom: why.code === 'https-only' ? 'plain-refused' : 'refused', slots: { reason: why } }
  if (kind === 'local-disk') return { symptom: 'local-disk', slots: { reason: why } }
  if (kind !== 'wait') return null
  if (why.code === 'database-down')
    return { symptom: 'database-down', since: at(decided), done: sentence('done.asked-without-database') }
  if (why.code === 'disk-full')
    return { symptom: 'disk-full', since: at(decided), done: sentence('done.asked-on-full-disk') }
  return where === 'firmware' ? { symptom: 'waits-in-firmware', slots: { reason: why } } : null
}

/** It failed more than once at the same step and never got past it; that it is trying again does not change that. */
function failsAgain(failed: Mark, { decided, initrd, site }: Trail): boolean {
  const past: Record<string, Mark | undefined> = { tls: decided, script: decided, kernel: initrd, initrd: site, site }
  return failed.count > 1 && !later(past[String(failed.last.data.stage)], failed)
}

const byStage: Record<string, Symptom> = {
  tls: 'tls-failed',
  script: 'script-failed',
  kernel: 'download-failed',
  initrd: 'download-failed',
  site: 'download-failed',
  boot: 'kernel-refused',
  'runtime-refused': 'runtime-failed',
  'runtime-missing': 'runtime-failed',
}

function failure({ last, count }: Mark, facts: DiagnosisFacts): Finding {
  const why = causeOf(last)
  const reason = count > 1 ? sentence('seen.times', { reason: why, count }) : why
  const symptom = why.code === 'kernel-not-trusted' ? why.code : (byStage[String(last.data.stage)] ?? 'script-failed')
  return { symptom, slots: { reason, ...memorySlots(facts) } }
}

function policy({ node }: DiagnosisFacts): Finding | null {
  if (node?.netbootPolicy === 'local') return { symptom: 'local-policy' }
  if (node?.netbootPolicy === 'denied') return { symptom: 'denied', slots: { reason: sentence('seen.policy-denied') } }
  return null
}

/** What DHCP was told by the gate, for a machine that is no node or whose policy has changed since. */
function gate({ denied, ignored, scripted, named, byHttp }: Trail): Finding | null {
  const served = scripted ?? named ?? byHttp
  if (denied && later(denied, served)) {
    const why = reasonOf(denied.last)
    const reason = why ?? sentence('seen.denied')
    return { symptom: why?.code === 'https-only' ? 'plain-refused' : 'denied', slots: { reason } }
  }
  if (ignored && later(ignored, served) && isLocal(reasonOf(ignored.last))) return { symptom: 'local-policy' }
  return null
}

/** Where DHCP is off, that is no word about this machine. */
const isLocal = (reason: Reason | null) => reason?.code === 'starts-from-disk' && reason.slots.why.code !== 'dhcp-off'

/** What the last packet came to, where it was dropped: then nothing that it asked before matters. */
function dropped({ dropped, heardAt, events }: Trail, { site }: DiagnosisFacts): Finding | null {
  if (!dropped || Date.parse(dropped.last.lastAt) !== heardAt) return null
  if (site.dhcpMode === 'off') return { symptom: 'dhcp-off' }
  return reasonOf(dropped.last)?.code === 'dhcp-too-many'
    ? { symptom: 'rate-limited', slots: floodAround(dropped.last, events) }
    : notAnswered(dropped.last)
}

const byReason: Partial<Record<ReasonCode, Symptom>> = {
  'dhcp-malformed': 'dhcp-broken',
  'dhcp-no-architecture': 'dhcp-broken',
  'dhcp-option-length': 'dhcp-broken',
  'dhcp-hardware-type': 'not-ethernet',
  'dhcp-facts-late': 'server-late',
  'dhcp-not-sent': 'reply-not-sent',
}

function notAnswered(event: Event): Finding {
  const why = causeOf(event)
  return { symptom: byReason[why.code] ?? 'not-answered', slots: { reason: why } }
}

/** All that was heard by DHCP while packets were dropped for being too many. */
function floodAround({ at, lastAt }: Event, events: Event[]): { count: number; span: Sentence } {
  const then = events.filter((each) => each.kind.startsWith('dhcp.') && each.lastAt >= at && each.at <= lastAt)
  const count = then.reduce((sum, each) => sum + each.count, 0)
  const began = Math.min(...then.map((each) => Date.parse(each.at)))
  return { count, span: span(Math.max(1, (Date.parse(lastAt) - began) / 1000)) }
}

/** The downloads, from the last to the first. */
function microOs({ site, initrd, kernel, decided }: Trail, facts: DiagnosisFacts): Finding | null {
  const slots = memorySlots(facts)
  if (site) return { symptom: 'micro-os-silent', slots, since: at(site), done: sentence('done.micro-os') }
  const loading = (mark: Mark, file: string): Finding => ({
    symptom: 'download-stopped',
    slots: { ...slots, file },
    since: at(mark),
    done: sentence('done.loads', { file }),
  })
  if (initrd) return loading(initrd, 'initrd')
  if (kernel) return loading(kernel, 'kernel')
  if (decided) return { symptom: 'no-kernel', since: at(decided), done: sentence('done.script') }
  return null
}

function memorySlots({ node, server }: DiagnosisFacts): Slots {
  const { inventory } = node ?? {}
  const initrd = server.initrd[inventory?.architecture ?? 'x86_64']
  return {
    initrd: initrd === undefined ? sentence('seen.size-unknown') : megabytes(initrd),
    memory: inventory ? megabytes(inventory.memory) : sentence('seen.memory-unknown'),
  }
}

function script({ scripted, taken, autoexecRead }: Trail, { site }: DiagnosisFacts): Finding | null {
  if (scripted) {
    const url = told(scripted.last, 'file') ?? sentence('seen.the-script')
    if (site.scriptUrl) return { symptom: 'elsewhere', slots: { url } }
    if (taken && taken.last.lastAt >= scripted.first.at)
      return {
        symptom: 'script-blocked',
        slots: {
          url,
          port: portOf(url),
          server: told(taken.last, 'serverIdentifier') ?? sentence('seen.a-dhcp-server'),
        },
        since: at(scripted),
        done: sentence('done.address-and-script'),
      }
    return { symptom: 'no-script', slots: { url }, since: at(scripted), done: sentence('done.told-script') }
  }
  if (!autoexecRead) return null
  return { symptom: 'ipxe-no-dhcp', since: at(autoexecRead), done: sentence('done.first-script') }
}

function portOf(url: Slot): Slot {
  if (typeof url !== 'string' || !URL.canParse(url)) return sentence('seen.port-unknown')
  const { protocol, port } = new URL(url)
  return port || (protocol === 'https:' ? '443' : '80')
}

function bootFile(trail: Trail): Finding | null {
  const { binaryRead, tftpFailed, named, byHttp } = trail
  if (binaryRead && later(binaryRead, tftpFailed)) {
    const last = fileOf(binaryRead.last) ?? itsBootFile
    const silent = silenceAfter(trail, last)
    const { file } = silent.slots
    return {
      ...silent,
      since: at(binaryRead),
      done: sentence('done.read', { file }),
    }
  }
  if (tftpFailed) {
    const why = reasonOf(tftpFailed.last)
    const slots = { file: fileOf(tftpFailed.last) ?? itsBootFile, reason: why ?? sentence('seen.no-reason') }
    const { refusal } = tftpFailed.last.data
    if (refusal === 'denied') return { symptom: 'denied', slots }
    if (why?.code === 'tftp-no-ack' && why.slots.block === 0) return { symptom: 'tftp-blocked', slots }
    // the options were acknowledged, as far as it sent any: small packets come through
    if (why?.code === 'tftp-no-ack' && why.slots.block === 1) return { symptom: 'tftp-large-lost', slots }
    return { symptom: refusal === 'notFound' ? 'tftp-no-file' : 'tftp-broke-off', slots }
  }
  const sent = later(byHttp, named) ? byHttp : named
  if (!sent || (sent.last.kind === 'dhcp.discover' && asksOnAndOn(trail))) return null
  const file = told(sent.last, 'file')
  const symptom = sent === byHttp ? 'no-http-boot' : 'no-tftp'
  const short = (symptom === 'no-tftp' ? file?.replace(/^.*\//, '') : file) ?? itsBootFile
  return { symptom, slots: { file: short }, since: at(sent), done: sentence('done.told-file', { file: short }) }
}

/**
 * What it means that a program was read and never spoke. Of firmware that has read the signed chain as well, that counts,
 * whichever was the last: it goes on from one to the other for as long as it is switched on.
 */
function silenceAfter({ events }: Trail, last: Slot): { symptom: Symptom; slots: Slots & { file: Slot } } {
  if (typeof last !== 'string' || !/\.efi$/i.test(last)) return { symptom: 'binary-hangs', slots: { file: last } }
  const read = events.flatMap((event) => (['tftp.read', 'boot.file'].includes(event.kind) ? (fileOf(event) ?? []) : []))
  const signed = read.findLast(isOfSignedChain)
  if (signed === undefined) return { symptom: 'secure-boot', slots: { file: last } }
  const ipxe = read.find((file) => /\.efi$/i.test(file) && !isOfSignedChain(file) && !isOptional(file))
  const before = ipxe === undefined ? '' : sentence('seen.ipxe-silent', { file: ipxe })
  return { symptom: 'signed-chain-refused', slots: { file: signed, before } }
}

function dhcp(trail: Trail, facts: DiagnosisFacts): Finding | null {
  const { pointed = trail.byHttp ?? trail.named, requested = trail.taken, ignored } = trail
  const flood = floodOf(trail.events)
  if (flood) return { symptom: 'rate-limited', slots: flood }
  if (ignored && later(ignored, pointed)) return unanswered(ignored.last, facts)
  if (pointed && requested) {
    const server = told(requested.last, 'serverIdentifier') ?? sentence('seen.another-server')
    return {
      symptom: 'other-server',
      slots: { server },
      since: at(pointed),
      done: sentence('done.took-offer', { server }),
    }
  }
  if (pointed) {
    const others = servesOthers(facts)
    const times = trail.discovers === 1 ? sentence('seen.once') : sentence('seen.count', { count: trail.discovers })
    const served = asksOnAndOn(trail) ? 'offer-not-joined' : 'heard-once'
    const symptom = others ? served : 'no-dhcp-server'
    return { symptom, slots: { times, others }, since: at(pointed), done: sentence('done.asks-address') }
  }
  return requested ? notAnswered(requested.last) : null
}

/** It was offered its boot file again and again and took an address from nobody. */
const asksOnAndOn = ({ discovers, requested, taken }: Trail) =>
  discovers >= FIRMWARE_ASKS && requested === undefined && taken === undefined

/** Firmware that gets no address asks at least so often (PXE 2.1: after 4, 8, 16 and 32 s). */
const FIRMWARE_ASKS = 3
const OTHERS_MS = 3_600_000

/** A sentence about the DHCP server that another machine took an address from of late; empty: none did. */
function servesOthers({ server, now }: DiagnosisFacts): Slot {
  const chosen = server.interfaces
    .flatMap(({ heardServers }) => heardServers)
    .filter(({ how, lastAt }) => how === 'chosen' && now - Date.parse(lastAt) < OTHERS_MS)
  const last = chosen.reduce<(typeof chosen)[0] | null>((a, b) => (a && a.lastAt > b.lastAt ? a : b), null)
  return last ? sentence('seen.gave-another', { address: last.address, ago: ago(Date.parse(last.lastAt), now) }) : ''
}

function unanswered(event: Event, { site }: DiagnosisFacts): Finding {
  if (site.dhcpMode === 'off') return { symptom: 'dhcp-off' }
  const finding = notAnswered(event)
  const reason = reasonOf(event)
  switch (reason?.code) {
    case 'dhcp-off':
      return { symptom: 'dhcp-off' }
    case 'starts-from-disk':
      return reason.slots.why.code === 'dhcp-off' ? { symptom: 'dhcp-off' } : finding
    case 'architecture-not-served':
      return { ...finding, symptom: 'architecture-refused' }
    case 'http-boot-off':
      return reason.slots.besides === null ? { ...finding, symptom: 'architecture-refused' } : finding
    default:
      return finding
  }
}

/** Many packets in a row, faster than any firmware asks. */
function floodOf(events: Event[]): { count: number; span: Sentence } | null {
  for (const { kind, count, at, lastAt } of events) {
    const seconds = Math.max(1, (Date.parse(lastAt) - Date.parse(at)) / 1000)
    if (kind.startsWith('dhcp.') && count >= 20 && count / seconds >= PACKETS_PER_SECOND)
      return { count, span: span(seconds) }
  }
  return null
}
