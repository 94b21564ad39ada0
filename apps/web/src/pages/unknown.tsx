import { type Conflicts, type Site, standingFilter } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { addressOfNodes } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { PushButton } from '../shown/button.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { unknownWords } from '../words/unknown.ts'
import { ConflictCard } from './unknown-conflict.tsx'
import { RefusedTable, StrangersTable } from './unknown-strangers.tsx'
import '../style/unknown.css'

const strangersFilter = `(${standingFilter.unknown}) AND NOT netbootPolicy = denied`
const refusedFilter = 'netbootPolicy = denied'

/** Machines that nobody registered, and those of which nobody can tell which node they are: what is said, and what to do. */
export function UnknownPage() {
  const words = useSpoken(unknownWords)
  const site = useQuery({ queryKey: reading.site, queryFn: () => server('getSite', {}) })
  const conflicts = useQuery({
    queryKey: [...reading.nodes, 'conflicts'],
    queryFn: () => server('conflicts', {}),
    // A machine that is switched off makes no event.
    refetchInterval: 30_000,
  })
  const strangers = useList('listNodes', [...reading.nodes, 'strangers'], {
    filter: strangersFilter,
    orderBy: 'lastSeenAt desc',
  })
  const refused = useList('listNodes', [...reading.nodes, 'refused'], { filter: refusedFilter, orderBy: 'name' })
  const isCalm = conflicts.data?.items.length === 0 && strangers.read.data?.length === 0
  return (
    <div className="page unknown-page">
      <header className="unknown-head">
        <h1>{words.title}</h1>
        {site.data ? <Policy site={site.data} /> : null}
      </header>
      {isCalm ? <Notice title={words.nothing} help={words.nothingHelp} /> : null}
      <Read of={conflicts} rows={3}>
        {(all) => <Quarantine all={all} />}
      </Read>
      {isCalm ? null : (
        <Section title={words.strangers} help={words.strangersHelp} side={<InList />}>
          <Read of={strangers.read} rows={4}>
            {(nodes) => <StrangersTable nodes={nodes} more={strangers.more} />}
          </Read>
        </Section>
      )}
      <Working />
      {refused.read.data && refused.read.data.length > 0 ? (
        <Section title={words.refusedTitle} help={words.refusedHelp}>
          <RefusedTable nodes={refused.read.data} more={refused.more} />
        </Section>
      ) : null}
    </div>
  )
}

function Policy({ site: { unknownPolicy, defaultProfile } }: { site: Site }) {
  const words = useSpoken(unknownWords)
  const policy = defaultProfile === null && unknownPolicy !== 'refuse' ? 'hold' : (unknownPolicy ?? 'default-profile')
  return <p className="dim">{words.policies[policy](defaultProfile ?? '')}</p>
}

/** Each takes half a window. */
const AT_ONCE = 5

function Quarantine({ all: { items, more } }: { all: Conflicts }) {
  const common = useWords()
  const words = useSpoken(unknownWords)
  const count = useCount()
  const [shown, show] = useState(AT_ONCE)
  if (items.length === 0) return null
  return (
    <Section title={words.conflicts(count(items.length))} help={words.conflictsHelp}>
      {items.slice(0, shown).map((conflict) => (
        <ConflictCard key={conflict.id} conflict={conflict} />
      ))}
      {items.length > shown ? (
        <p>
          <PushButton onPress={() => show(shown + AT_ONCE)}>{common.more}</PushButton>
        </p>
      ) : null}
      {more > 0 ? <p className="dim small">{words.more(count(more))}</p> : null}
    </Section>
  )
}

function Section({
  title,
  help,
  side,
  children,
}: {
  title: string
  help: string
  side?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="unknown-part" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span className="dim small">{help}</span>
        {side}
      </header>
      {children}
    </section>
  )
}

const InList = () => (
  <Link href={addressOfNodes({ state: 'unknown', orderBy: 'lastSeenAt desc' })} className="small">
    {useSpoken(unknownWords).inList}
  </Link>
)

/** Those that the site's policy gave a profile, and that nobody took over yet. */
function Working() {
  const words = useSpoken(unknownWords)
  const count = useCount()
  const filter = `registered = false AND NOT (${standingFilter.unknown}) AND NOT netbootPolicy = denied`
  const { data } = useQuery({
    queryKey: [...reading.nodes, 'taken-care-of'],
    queryFn: () => server('listNodes', { query: { filter, pageSize: 1 } }),
  })
  if (!data || data.total === 0) return null
  return (
    <p className="small">
      <Link href={addressOfNodes({ q: 'registered = false AND instance.state:*' })}>
        {words.working(count(data.total))}
      </Link>
    </p>
  )
}
