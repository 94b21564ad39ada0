import type { ConflictCandidate, Reason, SlotsOf } from '@eims/contracts'
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
  /** of these, the ones that its machine added and no run has confirmed: kind and normalised value */
  provisional: string[]
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
  | { kind: 'conflict'; reason: Reason; candidates: Candidate[] }

/** PURE: the nodes that a machine is, or could be, by their ids. */
export const nodesOf = (match: IdentityMatch): string[] =>
  match.kind === 'one' ? [match.nodeId] : match.kind === 'conflict' ? match.candidates.map(({ nodeId }) => nodeId) : []

/** PURE: what a node has on record, each beside what the machine says. */
export function sideBySide(
  identity: NormalIdentity,
  { serials, uuids, macs, manufacturer, provisional }: Candidate,
): Omit<ConflictCandidate, 'node'> {
  const beside = (
    kind: 'serial' | 'uuid' | 'mac',
    value: string,
    plain: string,
    said: readonly (string | undefined)[],
  ) => ({
    kind,
    value,
    same: said.includes(plain),
    provisional: provisional.includes(`${kind} ${plain}`),
  })
  const uuid = identity.uuid === undefined ? undefined : canonicalUuid(identity.uuid)
  return {
    identifiers: [
      ...serials.map((value) => beside('serial', value, normaliseSerial(value), [identity.serial])),
      ...uuids.map((value) => beside('uuid', value, canonicalUuid(value), [uuid])),
      ...macs.map((value) => beside('mac', value, value, identity.macs)),
    ],
    otherMaker: differentMakers(identity.manufacturer, manufacturer),
  }
}

/** How one candidate stands to the machine; false for a hit when the machine does not have that identifier. */
interface Comparison {
  candidate: Candidate
  /** `other-maker`: the same, but both makers are known and are two */
  serial: 'same' | 'other-maker' | 'other' | 'unknown'
  uuid: 'same' | 'other' | 'unknown'
  macs: string[]
  /** whether one that they share was registered by a person or confirmed by a run */
  firm: boolean
}

/**
 * Which node a machine is (design section 6). All hits on one node and nothing that contradicts: that node.
 * Hits on several nodes, or a serial or UUID on record that is another than the machine's: a conflict, because
 * a moved board, a dock or a shared network dongle looks exactly like this and a disk is at stake.
 *
 * Firmware, agents and people spell a maker in many ways, so another one contradicts nothing. It only tells apart machines
 * that have the same serial and no more in common: by another UUID, or where the maker's own node is there. Otherwise
 * nobody can know, and a person has to say.
 *
 * What a machine added to its node by itself (a dock's MAC, say) speaks against another, but for none on its own.
 */
export function matchIdentity(identity: NormalIdentity, candidates: Candidate[]): IdentityMatch {
  const compared = candidates.map((candidate) => compare(identity, candidate))
  const perhaps = compared.filter((each) => each.serial === 'other-maker' && each.uuid !== 'other')
  const sure = compared.filter(isHit)
  if (sure.length === 0) return perhaps.length === 0 ? { kind: 'none' } : otherMaker(identity, perhaps)
  const hits = sure.some(hasName) ? sure : [...new Set([...sure, ...perhaps])]
  const [hit, ...others] = hits as [Comparison, ...Comparison[]]
  if (others.length > 0)
    return {
      kind: 'conflict',
      reason: {
        code: 'identity-of-several',
        slots: { claims: hits.map((each) => ({ ...hitBy(identity, each), node: each.candidate.name })) },
      },
      candidates: hits.map((each) => each.candidate),
    }
  const reason = contradiction(identity, hit)
  if (reason) return { kind: 'conflict', reason, candidates: [hit.candidate] }
  if (!hit.firm) {
    const slots = { ...hitBy(identity, hit), node: hit.candidate.name }
    return { kind: 'conflict', reason: { code: 'identity-provisional', slots }, candidates: [hit.candidate] }
  }
  return { kind: 'one', nodeId: hit.candidate.nodeId, missing: missingIdentifiers(identity, hit.candidate) }
}

function compare(identity: NormalIdentity, candidate: Candidate): Comparison {
  const { serial, uuid, manufacturer } = identity
  const sameSerial = candidate.serials.some((known) => normaliseSerial(known) === serial)
  const macs = identity.macs.filter((mac) => candidate.macs.includes(mac))
  const sameUuid = uuid !== undefined && candidate.uuids.some((known) => canonicalUuid(known) === canonicalUuid(uuid))
  return {
    candidate,
    serial:
      serial === undefined || candidate.serials.length === 0
        ? 'unknown'
        : !sameSerial
          ? 'other'
          : differentMakers(manufacturer, candidate.manufacturer)
            ? 'other-maker'
            : 'same',
    uuid: uuid === undefined || candidate.uuids.length === 0 ? 'unknown' : sameUuid ? 'same' : 'other',
    macs,
    firm:
      (sameSerial && isFirm(candidate, `serial ${serial}`)) ||
      (sameUuid && isFirm(candidate, `uuid ${canonicalUuid(uuid)}`)) ||
      macs.some((mac) => isFirm(candidate, `mac ${mac}`)),
  }
}

const isFirm = ({ provisional }: Candidate, identifier: string) => !provisional.includes(identifier)

const isHit = (each: Comparison) => each.serial === 'same' || each.uuid === 'same' || each.macs.length > 0

/** A MAC alone is no machine's own name: docks and adapters have them, too. */
const hasName = (each: Comparison) => each.serial === 'same' || each.uuid === 'same'

/** The strongest identifier that they share. */
function hitBy(identity: NormalIdentity, each: Comparison): Pick<Contradiction, 'kind' | 'value'> {
  if (each.serial === 'same') return { kind: 'serial', value: serialOf(identity) }
  if (each.uuid === 'same') return { kind: 'uuid', value: identity.uuid ?? '' }
  if (each.macs.length === 0) return { kind: 'serial', value: serialOf(identity) }
  return { kind: 'mac', value: each.macs[0] ?? '' }
}

type Contradiction = SlotsOf<'identity-contradicts'>
const serialOf = ({ serialShown, serial = '' }: NormalIdentity) => serialShown ?? serial

function otherMaker(identity: NormalIdentity, perhaps: Comparison[]): IdentityMatch {
  const candidates = perhaps.map((each) => each.candidate)
  const claims = candidates.map(({ name, manufacturer }) => ({ node: name, maker: manufacturer ?? '' }))
  const slots = { serial: serialOf(identity), said: identity.manufacturerShown ?? '', claims }
  return { kind: 'conflict', reason: { code: 'identity-other-maker', slots }, candidates }
}

function contradiction(identity: NormalIdentity, hit: Comparison): Reason | undefined {
  const { name: node, uuids, serials, manufacturer } = hit.candidate
  const other: Contradiction['other'] | undefined =
    hit.uuid === 'other'
      ? { kind: 'uuid', recorded: uuids[0] ?? '', maker: null, said: identity.uuid ?? '' }
      : hit.serial === 'other'
        ? { kind: 'serial', recorded: serials[0] ?? '', maker: manufacturer, said: serialOf(identity) }
        : undefined
  return other && { code: 'identity-contradicts', slots: { ...hitBy(identity, hit), node, other } }
}

function missingIdentifiers(identity: NormalIdentity, candidate: Candidate): MissingIdentifiers {
  const missing: MissingIdentifiers = { macs: identity.macs.filter((mac) => !candidate.macs.includes(mac)) }
  const serial = identity.serialShown ?? identity.serial
  if (serial !== undefined && candidate.serials.length === 0) missing.serial = serial
  if (identity.uuid !== undefined && candidate.uuids.length === 0) missing.uuid = identity.uuid
  return missing
}
