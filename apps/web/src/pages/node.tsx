import { type NodeDetail, standingOf } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link, useParams } from 'wouter'
import { addresses, addressOfWhy } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { Card } from '../shown/card.tsx'
import { useWords } from '../shown/language.tsx'
import { Why } from '../shown/reason.tsx'
import { reasonOf } from '../shown/reason-of.ts'
import { StandingBadge } from '../shown/standing.tsx'
import { Read } from '../shown/states.tsx'
import { NodeActions } from './node-actions.tsx'
import { Hardware, Identity, Software } from './node-facts.tsx'
import { NodeLog } from './node-log.tsx'
import { NodeRun } from './node-run.tsx'
import { NodeTimeline } from './node-timeline.tsx'
import '../style/node.css'

/** Milliseconds after which a node whose run is under way is read anew: progress makes no events. */
const WORKING = 2000

/** One node: what it is, why it is where it is, and what can be done about it. */
export function NodePage() {
  const words = useWords()
  const { id } = useParams<{ id: string }>()
  const node = useQuery({
    queryKey: [...reading.node(id), 'detail'],
    queryFn: () => server('getNode', { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.run?.state === 'RUNNING' ? WORKING : false),
  })
  const name = node.data?.name
  useEffect(() => {
    if (name) document.title = `${name} · eims`
  }, [name])
  return (
    <div className="page node">
      {node.data ? null : <h1 className="hidden">{words.nodes}</h1>}
      <Read of={node} rows={12}>
        {(detail) => <Shown node={detail} />}
      </Read>
    </div>
  )
}

function Shown({ node }: { node: NodeDetail }) {
  const words = useWords()
  const isWorking = node.run?.state === 'RUNNING'
  return (
    <>
      <header className="node-head">
        <p className="small">
          <Link href={addresses.nodes}>{words.back}</Link>
        </p>
        <div className="node-title">
          <h1>{node.name}</h1>
          <StandingBadge standing={standingOf(node)} />
          <Link href={addressOfWhy(node.name)} className="small">
            {words.explain}
          </Link>
        </div>
        <Why reason={reasonOf(node)} />
        <NodeActions node={node} />
      </header>
      <div className="two wide">
        <div className="stack">
          <NodeRun run={node.run} />
          <NodeTimeline id={node.id} />
          <NodeLog id={node.id} isWorking={isWorking} />
        </div>
        <div className="stack">
          {node.warnings.length > 0 ? (
            <Card title={words.warnings}>
              {node.warnings.map((reason) => (
                <Why key={`${reason.code} ${reason.text}`} reason={reason} />
              ))}
            </Card>
          ) : null}
          <Identity node={node} />
          <Software node={node} />
          <Hardware inventory={node.inventory} />
        </div>
      </div>
    </>
  )
}
