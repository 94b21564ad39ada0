import {
  type Conflict,
  type ConflictCandidate,
  type Node,
  type NodePatch,
  type Role,
  readReason,
} from '@eims/contracts'

/** What a person can say about a machine in quarantine. */
export type Way =
  /** it is `into`, and the others are it as well */
  | { kind: 'merge'; into: Node; from: Node[] }
  /** it is `node`, which it fits by something else: what it shares with the others stands in several boards, and identifies none */
  | { kind: 'share'; node: Node; others: Node[]; values: string[] }
  /** it is another machine than `node`: what both say goes to a new one */
  | { kind: 'split'; node: Node; identifiers: { serial?: string; uuid?: string; macs: string[] }; values: string[] }
  /** of two machines that say the same, the one with this MAC is `node` */
  | { kind: 'claim'; node: Node; mac: string; isThis: boolean }
  /** whichever comes is `node`, as before somebody said otherwise */
  | { kind: 'unclaim'; node: Node; mac: string }
  /** it is `node`, of which a part was changed: its record gets what the machine says */
  | { kind: 'correct'; node: Node; patch: NodePatch; former: NodePatch; values: string[] }
  /** the MACs are a dock's or an adapter's: `node` loses them */
  | { kind: 'free'; node: Node; macs: string[]; values: string[] }
  /** it is `node`: what its machine added by itself counts from now on */
  | { kind: 'confirm'; node: Node; patch: NodePatch; values: string[] }
  /** it is another machine: what the machine of `node` added by itself is forgotten */
  | { kind: 'forget'; node: Node; values: string[] }
  /** it is a machine of its own */
  | { kind: 'register'; said: Conflict['said'] }
  /** it is none of the site's: a node of its own that may not boot */
  | { kind: 'refuse'; mac: string }

const ADMIN: readonly Way['kind'][] = ['merge', 'share', 'split', 'claim', 'unclaim', 'refuse']
const REASONED: readonly Way['kind'][] = ['merge', 'split', 'claim', 'unclaim']

/** PURE: the lowest role that may go that way. */
export const roleOf = ({ kind }: Way): Role => (ADMIN.includes(kind) ? 'admin' : 'operator')
/** PURE: whether a person has to say why. */
export const needsReason = ({ kind }: Way): boolean => REASONED.includes(kind)

/** PURE: the MACs of the other machine of two that say the same. */
export function othersOf({ reason }: Conflict): readonly string[] {
  const known = readReason(reason)
  return known?.code === 'twin' ? known.slots.others : []
}

/** PURE: the ways out of a conflict, what is most often right first. What the registry would refuse is not among them. */
export function waysOf(conflict: Conflict): Way[] {
  const { candidates, said, ignored } = conflict
  const reason = readReason(conflict.reason)
  const [first] = candidates
  const ways: Way[] = []
  switch (reason?.code) {
    case 'identity-of-several':
      ways.push(
        ...candidates.map(
          ({ node: into }): Way => ({
            kind: 'merge',
            into,
            from: candidates.map(({ node }) => node).filter(({ id }) => id !== into.id),
          }),
        ),
        ...candidates.flatMap((candidate) => alike(candidate, candidates)),
        ...candidates.flatMap(freed),
      )
      break
    case 'identity-contradicts':
      if (first) ways.push(...corrected(conflict, first), ...splitOff(first), ...freed(first))
      break
    case 'identity-other-maker':
      ways.push(
        ...candidates.map(
          ({ node }): Way => ({
            kind: 'correct',
            node,
            patch: { manufacturer: said.manufacturer ?? null },
            former: { manufacturer: node.manufacturer },
            values: said.manufacturer ? [said.manufacturer] : [],
          }),
        ),
        { kind: 'register', said: counting(conflict) },
      )
      break
    case 'identity-provisional':
      if (first) ways.push(confirmed(first), ...forgotten(first))
      break
    case 'twin': {
      if (!first) break
      const { node } = first
      const own = counting(conflict).macs[0]
      const [other] = reason.slots.others
      if (reason.slots.how === 'claimed' && other !== undefined) ways.push({ kind: 'unclaim', node, mac: other })
      if (own !== undefined) ways.push({ kind: 'claim', node, mac: own, isThis: true })
      if (other !== undefined && reason.slots.how !== 'claimed')
        ways.push({ kind: 'claim', node, mac: other, isThis: false })
      return ways
    }
    default:
      break
  }
  const free = said.macs.find((mac) => !ignored.includes(mac) && !isOnRecord(conflict, mac))
  return free === undefined || conflict.refused || candidates.length === 0
    ? ways
    : [...ways, { kind: 'refuse', mac: free }]
}

const isOnRecord = ({ candidates }: Conflict, mac: string) =>
  candidates.some(({ identifiers }) => identifiers.some(({ value }) => value === mac))

/** What the machine says, but for what identifies nothing. */
function counting({ said, ignored }: Conflict): Conflict['said'] {
  const { serial, uuid, ...rest } = said
  const counts = (value: string | undefined): value is string => value !== undefined && !ignored.includes(value)
  return {
    ...rest,
    ...(counts(serial) ? { serial } : {}),
    ...(counts(uuid) ? { uuid } : {}),
    macs: said.macs.filter(counts),
  }
}

const shared = ({ identifiers }: ConflictCandidate) => identifiers.filter(({ same }) => same)
const valuesOf = (of: readonly { value: string }[]) => of.map(({ value }) => value)

/** A board that was exchanged: what contradicts becomes what the machine says. */
function corrected(conflict: Conflict, { node, identifiers }: ConflictCandidate): Way[] {
  const said = counting(conflict)
  const differs = (kind: 'serial' | 'uuid') => {
    const known = identifiers.filter((each) => each.kind === kind)
    return said[kind] !== undefined && known.length > 0 && !known.some(({ same }) => same)
  }
  const kinds = (['serial', 'uuid'] as const).filter(differs)
  if (kinds.length === 0) return []
  return [
    {
      kind: 'correct',
      node,
      patch: Object.fromEntries(kinds.map((kind) => [kind, said[kind]])),
      former: Object.fromEntries(kinds.map((kind) => [kind, node[kind]])),
      values: kinds.map((kind) => said[kind] ?? ''),
    },
  ]
}

/** Boards with one serial or UUID, where each of their nodes is known by something else as well; a MAC is nothing that boards share. */
function alike(one: ConflictCandidate, all: readonly ConflictCandidate[]): Way[] {
  const others = all.filter(({ node }) => node.id !== one.node.id)
  const going = others.flatMap(shared)
  const areLeft = others.every((each) => shared(each).length < each.identifiers.length)
  if (going.length === 0 || !areLeft || going.some(({ kind }) => kind === 'mac')) return []
  return [{ kind: 'share', node: one.node, others: others.map(({ node }) => node), values: valuesOf(going) }]
}

function splitOff(candidate: ConflictCandidate): Way[] {
  const going = shared(candidate)
  // One that has nothing else cannot give it away, and is not taken from under a run.
  if (going.length === 0 || going.length === candidate.identifiers.length || isBusy(candidate.node)) return []
  const [serial] = going.filter(({ kind }) => kind === 'serial')
  const [uuid] = going.filter(({ kind }) => kind === 'uuid')
  const identifiers = {
    ...(serial ? { serial: serial.value } : {}),
    ...(uuid ? { uuid: uuid.value } : {}),
    macs: valuesOf(going.filter(({ kind }) => kind === 'mac')),
  }
  return [{ kind: 'split', node: candidate.node, identifiers, values: valuesOf(going) }]
}

const isBusy = ({ run }: Node) => run?.state === 'RUNNING' || run?.state === 'PENDING'

/** Where a MAC is all that they share, it may be a dock's. */
function freed(candidate: ConflictCandidate): Way[] {
  const going = shared(candidate)
  const isMacs = going.length > 0 && going.every(({ kind }) => kind === 'mac')
  if (!isMacs || going.length === candidate.identifiers.length) return []
  const values = valuesOf(going)
  const { node } = candidate
  return [{ kind: 'free', node, macs: node.macs.filter((mac) => !values.includes(mac)), values }]
}

function confirmed({ node, identifiers }: ConflictCandidate): Way {
  const patch = {
    ...(node.serial === null ? {} : { serial: node.serial }),
    ...(node.uuid === null ? {} : { uuid: node.uuid }),
    macs: node.macs,
  }
  return { kind: 'confirm', node, patch, values: valuesOf(identifiers.filter(({ same }) => same)) }
}

function forgotten({ node, identifiers }: ConflictCandidate): Way[] {
  const going = identifiers.filter(({ provisional }) => provisional)
  return going.length === identifiers.length ? [] : [{ kind: 'forget', node, values: valuesOf(going) }]
}
