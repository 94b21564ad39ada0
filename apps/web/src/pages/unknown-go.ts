import { type Node, type NodePatch, ProblemError } from '@eims/contracts'
import { readTagged, server, unchangedSince } from '../server/client.ts'
import type { Way } from './unknown-ways.ts'

/**
 * Goes a way.
 * @returns what takes it back; null: nothing does, or not all of it
 * @throws what the server says against it
 */
export async function go(way: Way, reason: string): Promise<(() => Promise<unknown>) | null> {
  switch (way.kind) {
    case 'merge':
      for (const { id } of way.from)
        await server('mergeNode', { params: { id: way.into.id }, body: { from: id, reason } })
      return null
    case 'share':
      return shared(way.values)
    case 'split': {
      const { node, identifiers } = way
      const made = await server('splitNode', { params: { id: node.id }, body: { identifiers, reason } })
      return () => server('mergeNode', { params: { id: node.id }, body: { from: made.id, reason: UNDONE } })
    }
    case 'claim':
    case 'unclaim': {
      const params = { id: way.node.id }
      const { claimedMac } = await server('getNode', { params })
      await server('claimNode', { params, body: { mac: way.kind === 'claim' ? way.mac : null, reason } })
      return () => server('claimNode', { params, body: { mac: claimedMac, reason: UNDONE } })
    }
    case 'correct':
      return patched(way.node, way.patch, way.former)
    case 'free':
      return patched(way.node, { macs: way.macs }, { macs: way.node.macs })
    case 'confirm':
      await patched(way.node, way.patch, {})
      return null
    case 'forget':
      await server('forgetNode', { params: { id: way.node.id } })
      return null
    case 'register':
      await server('addNode', { body: way.said })
      return null
    case 'refuse': {
      const name = `refused-${way.mac.replaceAll(':', '')}`
      const { id } = await server('addNode', { body: { name, macs: [way.mac], netbootPolicy: 'denied' } })
      return () => server('deleteNode', { params: { id } })
    }
  }
}

/** Has serials and UUIDs identify nothing on this site. @returns what has them identify again, but for those that did not before */
async function shared(values: readonly string[]): Promise<() => Promise<unknown>> {
  const change = async (to: (now: readonly string[]) => string[]) => {
    const { value, tag } = await readTagged('getSite', {})
    const body = { sharedIdentifiers: to(value.sharedIdentifiers) }
    await server('patchSite', { body }, unchangedSince(tag))
    return value.sharedIdentifiers
  }
  const former = await change((now) => [...new Set([...now, ...values])])
  return () => change((now) => now.filter((each) => former.includes(each) || !values.includes(each)))
}

/** What the audit log has for a change that a person took back at once. */
const UNDONE = 'undone in the dashboard'

/**
 * Changes a node on top of what was shown of it.
 * @returns what puts the former values back, unless somebody changed it since
 * @throws ProblemError precondition-failed when its identifiers are others by now
 */
async function patched(shown: Node, patch: NodePatch, former: NodePatch): Promise<() => Promise<unknown>> {
  const params = { id: shown.id }
  const { value, tag } = await readTagged('getNode', { params })
  if (identityOf(value) !== identityOf(shown))
    throw new ProblemError('precondition-failed', `${shown.name} was changed meanwhile.`)
  await server('patchNode', { params, body: patch }, unchangedSince(tag))
  const after = await readTagged('getNode', { params })
  return () => server('patchNode', { params, body: former }, unchangedSince(after.tag))
}

const identityOf = ({ serial, uuid, macs, manufacturer }: Node) => JSON.stringify([serial, uuid, macs, manufacturer])
