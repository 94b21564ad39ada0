import { bytes, type Node, type Overview, Standing } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { addressOfBatch, addressOfNode, addressOfNodes } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { BatchBar } from '../shown/batch-bar.tsx'
import { Card, Facts } from '../shown/card.tsx'
import { useCount } from '../shown/figures.ts'
import { useWords } from '../shown/language.tsx'
import { Pace } from '../shown/pace.tsx'
import { Why } from '../shown/reason.tsx'
import { reasonOf } from '../shown/reason-of.ts'
import { StandingBadge, StandingMark } from '../shown/standing.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { Ago, Clock } from '../shown/time.tsx'

/** One glance: who stands where, who needs a person, how fast it goes, and what holds it up. */
export function OverviewPage() {
  const words = useWords()
  const overview = useQuery({ queryKey: reading.overview, queryFn: () => server('overview', {}) })
  return (
    <div className="page overview">
      <h1 className="hidden">{words.overview}</h1>
      <Read of={overview} rows={10}>
        {(all) =>
          all.total === 0 ? (
            <>
              <Notice title={words.noMachines} help={words.noMachinesHelp} />
              <Floor all={all} />
            </>
          ) : (
            <>
              <Fleet all={all} />
              <div className="two">
                <NeedsPerson />
                <div className="stack">
                  <Batches />
                  <Card title={words.pace} side={<span className="dim small">{words.paceHelp}</span>}>
                    <Pace of={all.throughput} />
                  </Card>
                  <Floor all={all} />
                </div>
              </div>
            </>
          )
        }
      </Read>
    </div>
  )
}

/** How many there are in all and of each standing, as one bar whose parts lead to the lists. */
function Fleet({ all }: { all: Overview }) {
  const words = useWords()
  const count = useCount()
  const shown = Standing.options.filter((each) => all.standing[each] > 0)
  return (
    <section className="fleet" aria-label={words.nodes}>
      <p className="headline">
        <span>
          <b>{count(all.total)}</b> {words.machines(String(all.total))}
        </span>
        <span className="dim">
          {count(all.lastHour)} {words.perHour}, {count(all.left)} {words.left}
          {all.left === 0 ? null : (
            <>
              {', '}
              {all.expectedEnd === null ? (
                words.doneUnknown
              ) : (
                <>
                  {words.doneAt} <Clock at={all.expectedEnd} />
                </>
              )}
            </>
          )}
        </span>
      </p>
      <svg className="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        {segments(shown.map((each) => [each, all.standing[each]])).map(({ standing, from, width }) => (
          <rect key={standing} className={standing} x={from} width={width} height="10" />
        ))}
      </svg>
      <ul className="tiles">
        {Standing.options.map((each) => (
          <li key={each}>
            <Link
              href={addressOfNodes({ state: each })}
              className={all.standing[each] === 0 ? 'tile none' : 'tile'}
              title={words.standingMeans[each]}
            >
              <span className="tile-name">
                <StandingMark standing={each} />
                {words.standing[each]}
              </span>
              <span className="figure">{count(all.standing[each])}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** PURE: where each part of a bar of 1,000 begins and how wide it is; one machine of many is still seen. */
function segments(parts: readonly (readonly [Standing, number])[]) {
  const sum = parts.reduce((all, [, count]) => all + count, 0)
  const widths = parts.map(([, count]) => Math.max(8, (count / sum) * 1000))
  const scale = 1000 / widths.reduce((all, width) => all + width, 0)
  let at = 0
  return parts.map(([standing], index) => {
    const width = widths[index]! * scale
    const from = at
    at += width
    return { standing, from, width: Math.max(0, width - 2) }
  })
}

/** The failed ones, the newest first, then those that nobody registered. */
function NeedsPerson() {
  const words = useWords()
  const needy = useQuery({
    queryKey: [...reading.nodes, 'needy'],
    queryFn: async () => {
      const query = { pageSize: 6, orderBy: 'lastSeenAt desc' }
      const [failed, unknown] = await Promise.all([
        server('listNodes', { query: { ...query, filter: 'instance.state = FAILED' } }),
        server('listNodes', {
          query: { ...query, filter: 'registered = false AND instance.state != RUNNING', pageSize: 2 },
        }),
      ])
      const fresh = unknown.items.filter(({ id }) => !failed.items.some((other) => other.id === id))
      return { nodes: [...failed.items, ...fresh], failed: failed.total }
    },
  })
  const all = (
    <Link href={addressOfNodes({ state: 'failed' })} className="small">
      {words.allFailed}
    </Link>
  )
  return (
    <Card title={words.needsPerson} side={needy.data && needy.data.failed > 0 ? all : null} className="needs">
      <Read of={needy}>
        {({ nodes }) =>
          nodes.length === 0 ? (
            <p className="calm-line">
              <StandingMark standing="running" />
              {words.needsNobody}
            </p>
          ) : (
            <ul className="needy">
              {nodes.map((node) => (
                <NeedyNode key={node.id} node={node} />
              ))}
            </ul>
          )
        }
      </Read>
    </Card>
  )
}

function NeedyNode({ node }: { node: Node }) {
  return (
    <li>
      <p className="needy-name">
        <Link href={addressOfNode(node.id)}>{node.name}</Link>
        <StandingBadge standing={node.instance?.state === 'FAILED' ? 'failed' : 'unknown'} />
        <span className="dim small">
          <Ago at={node.lastSeenAt} />
        </span>
      </p>
      <Why reason={reasonOf(node)} />
    </li>
  )
}

/** What everything else stands on: links, images, disks, the database, and what agents do. */
function Floor({ all }: { all: Overview }) {
  const words = useWords()
  const { interfaces } = all.server
  const [first, ...others] = all.server.disks
  const isOne = first !== undefined && others.every(({ size }) => size === first.size)
  const disks = isOne ? [{ ...first, disk: words.oneDisk }] : all.server.disks
  const { converting, failed } = all.images
  const busy = Object.entries(all.actions)
  const good = (text: string) => <span className="lamp good">{text}</span>
  return (
    <Card title={words.floor} side={<span className="dim small">{all.server.name}</span>}>
      <Facts
        of={[
          ...interfaces.map(
            ({ interface: name, address, away }) =>
              [
                name,
                <span key={name} className={away === null ? 'lamp good' : 'lamp bad'}>
                  {away === null ? `${address}, ${words.served}` : words.away[away]}
                </span>,
              ] as const,
          ),
          [
            words.images,
            converting.length + failed === 0 ? (
              good(words.imagesWell)
            ) : (
              <span className="lines">
                {converting.map(({ name, progress }) => (
                  <span key={name} className="lamp busy">
                    {words.imageAt(name, Math.round((progress ?? 0) * 100))}
                  </span>
                ))}
                {failed > 0 ? <span className="lamp bad">{words.imagesFailed(failed)}</span> : null}
              </span>
            ),
          ],
          ...disks.map(
            ({ disk, free, size }) =>
              [
                words.disk[disk] ?? disk,
                <span key={disk} className={free < size * 0.05 ? 'lamp bad' : 'lamp good'}>
                  {words.free(bytes(free), bytes(size))}
                </span>,
              ] as const,
          ),
          [words.database, good(words.answers)],
          [
            words.atWork,
            busy.length === 0 ? (
              <span className="lamp idle">{words.nothingAtWork}</span>
            ) : (
              <span className="lamp busy">{busy.map(([kind, count]) => `${count} × ${kind}`).join(', ')}</span>
            ),
          ],
        ]}
      />
    </Card>
  )
}

const inSentence = (word: string) => word.charAt(0).toLowerCase() + word.slice(1)

/** The newest batches and how far each is. */
function Batches() {
  const words = useWords()
  const count = useCount()
  const batches = useQuery({
    queryKey: reading.batches,
    queryFn: () => server('listBatches', { query: { pageSize: 5, orderBy: 'createdAt desc' } }),
  })
  if (batches.data?.items.length === 0) return null
  return (
    <Card title={words.batches} className="batches">
      <Read of={batches} rows={3}>
        {({ items }) => (
          <ul>
            {items.map(({ id, name, counts }) => {
              const expected = counts.expected ?? counts.registered
              return (
                <li key={id}>
                  <Link href={addressOfBatch(name)}>{name}</Link>
                  <span className="number">{words.batchDone(count(counts.passed), count(expected))}</span>
                  <BatchBar of={counts} />
                  <span className="small dim">
                    {[
                      counts.running > 0 ? `${count(counts.running)} ${inSentence(words.standing.working)}` : '',
                      counts.failed > 0 ? `${count(counts.failed)} ${inSentence(words.standing.failed)}` : '',
                      counts.missing > 0 ? words.missing(count(counts.missing)) : '',
                    ]
                      .filter(Boolean)
                      .join(', ')}
                  </span>
                </li>
              )
            })}
          </ul>
        )}
      </Read>
    </Card>
  )
}
