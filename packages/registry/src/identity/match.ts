import { canonicalUuid, differentMakers, type NormalIdentity, normaliseSerial } from './identity.ts'

/** A node that shares at least one identifier with the machine. */
export interface Candidate {
  nodeId: string
  name: string
  registered: boolean
  serials: string[]
  uuids: string[]
  macs: string[]
  manufacturer: string | null
}

/** What a machine says of itself and its node does not have on record yet. */
export interface MissingIdentifiers {
  serial?: string
  uuid?: string
  macs: string[]
}

export type IdentityMatch =
  | { kind: 'none' }
  | { kind: 'one'; nodeId: string; missing: MissingIdentifiers }
  /** `reason` is a sentence for a person */
  | { kind: 'conflict'; reason: string; candidates: Candidate[] }

/** How one candidate stands to the machine; false for a hit when the machine does not have that identifier. */
interface Comparison {
  candidate: Candidate
  serial: 'same' | 'other' | 'unknown'
  uuid: 'same' | 'other' | 'unknown'
  macs: string[]
}

/**
 * Which node a machine is (design section 6). All hits on one node and nothing that contradicts: that node.
 * Hits on several nodes, or a serial or UUID on record that is another than the machine's: a conflict, because
 * a moved board, a dock or a shared network dongle looks exactly like this and a disk is at stake.
 */
export function matchIdentity(identity: NormalIdentity, candidates: Candidate[]): IdentityMatch {
  const hits = candidates.map((candidate) => compare(identity, candidate)).filter(isHit)
  const [hit, ...others] = hits
  if (!hit) return { kind: 'none' }
  if (others.length > 0)
    return {
      kind: 'conflict',
      reason: `Its identifiers name different nodes: ${hits.map((each) => `${hitWords(identity, each)} is ${each.candidate.name}'s`).join(', ')}.`,
      candidates: hits.map((each) => each.candidate),
    }
  const reason = contradiction(identity, hit)
  if (reason) return { kind: 'conflict', reason, candidates: [hit.candidate] }
  return { kind: 'one', nodeId: hit.candidate.nodeId, missing: missingIdentifiers(identity, hit.candidate) }
}

function compare(identity: NormalIdentity, candidate: Candidate): Comparison {
  const { serial, uuid, manufacturer } = identity
  const sameSerial = candidate.serials.some((known) => normaliseSerial(known) === serial)
  const sameUuid = uuid !== undefined && candidate.uuids.some((known) => canonicalUuid(known) === canonicalUuid(uuid))
  return {
    candidate,
    serial:
      serial === undefined || candidate.serials.length === 0
        ? 'unknown'
        : sameSerial && !differentMakers(manufacturer, candidate.manufacturer)
          ? 'same'
          : 'other',
    uuid: uuid === undefined || candidate.uuids.length === 0 ? 'unknown' : sameUuid ? 'same' : 'other',
    macs: identity.macs.filter((mac) => candidate.macs.includes(mac)),
  }
}

const isHit = (each: Comparison) => each.serial === 'same' || each.uuid === 'same' || each.macs.length > 0

function hitWords(identity: NormalIdentity, each: Comparison): string {
  if (each.serial === 'same') return `serial ${identity.serialShown ?? identity.serial}`
  if (each.uuid === 'same') return `UUID ${identity.uuid}`
  return `MAC ${each.macs[0]}`
}

function contradiction(identity: NormalIdentity, hit: Comparison): string | undefined {
  const { candidate } = hit
  const other =
    hit.uuid === 'other'
      ? `UUID ${candidate.uuids[0]} on record, the machine says ${identity.uuid}`
      : hit.serial === 'other'
        ? `serial ${candidate.serials[0]}${candidate.manufacturer ? ` (${candidate.manufacturer})` : ''} on record, the machine says ${identity.serialShown ?? identity.serial}`
        : undefined
  if (!other) return undefined
  const onlyMac = hit.serial !== 'same' && hit.uuid !== 'same'
  return `Its ${hitWords(identity, hit)} is ${candidate.name}'s, but ${candidate.name} has ${other}${onlyMac ? ' (a dock or a shared network adapter?)' : ''}.`
}

function missingIdentifiers(identity: NormalIdentity, candidate: Candidate): MissingIdentifiers {
  const missing: MissingIdentifiers = { macs: identity.macs.filter((mac) => !candidate.macs.includes(mac)) }
  const serial = identity.serialShown ?? identity.serial
  if (serial !== undefined && candidate.serials.length === 0) missing.serial = serial
  if (identity.uuid !== undefined && candidate.uuids.length === 0) missing.uuid = identity.uuid
  return missing
}
