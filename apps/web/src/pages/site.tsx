import { includesRole, ProblemError, type Site } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { reading, readings, readTagged, server, type Tagged, unchangedSince } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { faultsOf } from '../shown/fields.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Read, wrongOf } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { siteWords } from '../words/site.ts'
import { changedIn, draftOf, patchOf, type SiteDraft } from './site-draft.ts'
import { SiteFields } from './site-fields.tsx'
import '../style/site.css'

/** The settings of the site: changed together, saved at once. */
export function SitePage() {
  const words = useWords()
  const said = useSpoken(siteWords)
  const mayChange = includesRole(useRole(), 'admin')
  const site = useQuery(taggedSite)
  return (
    <div className="page site">
      <h1>{words.site}</h1>
      <p className="lead">
        {said.lead} {mayChange ? '' : said.mayOnlyLook}
      </p>
      <Read of={site}>{(read) => <Settings read={read} mayChange={mayChange} />}</Read>
    </div>
  )
}

/** What was read when the form was begun is kept, whatever comes meanwhile: its tag tells the server what was changed. */
function Settings({ read, mayChange }: { read: Tagged<Site>; mayChange: boolean }) {
  const [begun, begin] = useState(read)
  const [draft, setDraft] = useState(() => draftOf(read.value))
  const [wrong, setWrong] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const before = draftOf(begun.value)
  const changed = changedIn(before, draft)
  const anew = (now: Tagged<Site>) => {
    begin(now)
    setDraft(draftOf(now.value))
    setWrong(null)
  }
  // Nobody types: what another one saved is shown.
  if (begun.tag !== read.tag && changed.length === 0 && !isBusy) anew(read)
  const save = async () => {
    setBusy(true)
    try {
      await server('patchSite', { body: patchOf(draft, changed) }, unchangedSince(begun.tag))
      const back = patchOf(before, changed)
      await freshSite().then(anew)
      tell(said.saved, {
        undo: async () => {
          await server('patchSite', { body: back })
          await freshSite()
        },
      })
    } catch (error) {
      setWrong(error)
    } finally {
      setBusy(false)
    }
  }
  const said = useSpoken(siteWords)
  return (
    <form
      className="settings"
      onSubmit={(event) => {
        event.preventDefault()
        if (changed.length > 0 && !isBusy) void save()
      }}
    >
      <SiteFields
        draft={draft}
        site={begun.value}
        faults={faultsOf(wrong)}
        isFixed={!mayChange || isBusy}
        onChange={(change: Partial<SiteDraft>) => setDraft((now) => ({ ...now, ...change }))}
      />
      {changed.length === 0 ? null : (
        <Unsaved
          count={changed.length}
          wrong={wrong}
          isBusy={isBusy}
          onDiscard={() => anew(read)}
          onReadAnew={() => void freshSite().then(anew)}
        />
      )}
    </form>
  )
}

const taggedSite = { queryKey: [...reading.site, 'tagged'], queryFn: () => readTagged('getSite', {}) }

/** Read past what is remembered: right after a change, or when somebody else made one. */
async function freshSite(): Promise<Tagged<Site>> {
  void readings.invalidateQueries({ queryKey: reading.site, refetchType: 'none' })
  return readings.fetchQuery({ ...taggedSite, staleTime: 0 })
}

function Unsaved({
  count,
  wrong,
  isBusy,
  onDiscard,
  onReadAnew,
}: {
  count: number
  wrong: unknown
  isBusy: boolean
  onDiscard: () => void
  onReadAnew: () => void
}) {
  const words = useWords()
  const said = useSpoken(siteWords)
  const isStale = wrong instanceof ProblemError && wrong.code === 'precondition-failed'
  return (
    <footer className="unsaved">
      <p role="status">{said.changed(count)}</p>
      {wrong === null ? null : (
        <p className="wrong" role="alert">
          {isStale ? said.stale : wrongOf(wrong, words)}
        </p>
      )}
      <PushButton onPress={isStale ? onReadAnew : onDiscard}>{isStale ? said.readAnew : said.discard}</PushButton>
      <PushButton type="submit" tone="main" isDisabled={isBusy || isStale}>
        {words.save}
      </PushButton>
    </footer>
  )
}
