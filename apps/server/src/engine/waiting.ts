import { type Node, type NodeFacts, shown } from '@eims/contracts'
import { type Db, factsOfIdle, judgeFacts, type StoredNode, type WaitingReader } from '@eims/registry'
import { waitingFor } from '@eims/workflow'

/** Nodes as they are shown: with what each waits for, judged now, by one statement for all of them. */
export async function withWaiting<N extends { id: string }>(
  db: Db,
  nodes: N[],
): Promise<(N & Pick<Node, 'waiting'>)[]> {
  if (nodes.length === 0) return []
  const facts = await judgeFacts(
    db,
    nodes.map(({ id }) => id),
  )
  return judged(nodes, facts)
}

/** PURE: the same by what is known of them already. */
export function judged<N extends { id: string }>(
  nodes: N[],
  { site, nodes: facts }: Awaited<ReturnType<typeof judgeFacts>>,
): (N & Pick<Node, 'waiting'>)[] {
  const reasons = new Map(facts.map((node) => [node.id, waitingFor(node, site)]))
  return nodes.map((node) => {
    const reason = reasons.get(node.id)
    return { ...node, waiting: reason ? shown(reason) : null }
  })
}

/** The same of one. */
export async function withItsWaiting<N extends StoredNode>(db: Db, node: N): Promise<N & Pick<Node, 'waiting'>> {
  return (await withWaiting(db, [node]))[0]!
}

/** What those nodes wait for, each kind of idle ones judged by one of them: a filter asks. */
export const waitingNodes: WaitingReader = async (db, among) => {
  const { site, kinds, nodes } = await factsOfIdle(db, among)
  const codeOf = (node: NodeFacts) => waitingFor(node, site)?.code
  return {
    kinds: kinds.flatMap(({ key, node }) => {
      const code = codeOf(node)
      return code ? [{ key, code }] : []
    }),
    nodes: nodes.flatMap((node) => {
      const code = codeOf(node)
      return code ? [{ id: node.id, code }] : []
    }),
  }
}
