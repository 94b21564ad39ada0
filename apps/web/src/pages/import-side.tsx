import { csvColumns, type ImportReport, includesRole } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { addressOfImport } from '../addresses.ts'
import { reading, readings, readTagged, server, unchangedSince } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { Choice } from '../shown/choice.tsx'
import { Ask } from '../shown/dialog.tsx'
import { Field, faultsOf, OnOff } from '../shown/fields.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { tell } from '../shown/told.tsx'
import { importWords } from '../words/import.ts'
import { choose, type Draft, isChecked, isMended, type Options, send } from './import-draft.ts'
import { FindingMark } from './import-grid.tsx'
import { type Kind, type Meaning, MOST_NAME } from './import-table.ts'

/** What a column is taken for, above it, and how it is told otherwise. */
export function ColumnMeaning({ name, meaning }: { name: string; meaning: Meaning | undefined }) {
  const words = useSpoken(importWords)
  const now = meaning === 'metadata' ? 'kept' : meaning || 'none'
  // A mapping speaks of columns by their names.
  if (name === '' || name.length > MOST_NAME) return <span className="dim small">{words.meanings[now]}</span>
  const offered = [...csvColumns, 'none', ...(now === 'kept' ? (['kept'] as const) : [])] as const
  return (
    <Choice
      label={words.meansFor(name)}
      hideLabel
      value={now}
      options={offered.map((each) => [each, words.meanings[each]] as const)}
      onChange={(chosen) => {
        if (chosen !== 'kept') tellColumn(name, chosen === 'none' ? '' : chosen)
      }}
    />
  )
}

const tellColumn = (name: string, column: Options['columns'][string]) =>
  choose(({ columns }) => ({ columns: { ...columns, [name]: column } }))

/** What was found, by its kind: each shows its rows alone. */
export function FoundKinds({
  kinds,
  isKnown,
  says,
  shown,
  onShow,
}: {
  kinds: readonly Kind[]
  /** whether the server has said anything */
  isKnown: boolean
  says: (code: string) => string
  shown: string | null
  onShow: (code: string | null) => void
}) {
  const words = useSpoken(importWords)
  const count = useCount()
  return (
    <section aria-labelledby="import-found">
      <h2 id="import-found">{words.found}</h2>
      {kinds.length === 0 ? <p className="dim">{isKnown ? words.foundNothing : words.unchecked}</p> : null}
      <ul className="kinds">
        {kinds.map(({ code, isWarning, count: number, rows }) => (
          <li key={code}>
            <button
              type="button"
              aria-pressed={shown === code}
              disabled={rows.size === 0}
              onClick={() => onShow(shown === code ? null : code)}
            >
              <FindingMark isWarning={isWarning} />
              <span className="hidden">{isWarning ? words.warning : words.mistake}</span>
              <b className="number">{count(number)}</b>
              <span>{says(code)}</span>
            </button>
          </li>
        ))}
      </ul>
      {shown === null ? null : <PushButton onPress={() => onShow(null)}>{words.foundAll}</PushButton>}
    </section>
  )
}

/** How it is imported. */
export function HowImported({ draft }: { draft: Draft }) {
  const words = useSpoken(importWords)
  const { options, checked, sheets } = draft
  const faults = faultsOf(draft.wrong)
  const profiles = useQuery({
    queryKey: [...reading.profiles, 'names'],
    queryFn: () => server('listProfiles', { query: { pageSize: 200, orderBy: 'name' } }),
  })
  const names = profiles.data?.items.map(({ name }) => name) ?? []
  return (
    <section aria-labelledby="import-how" className="form">
      <h2 id="import-how">{words.how}</h2>
      {sheets.length > 1 && !isMended(draft) ? (
        <Choice
          label={words.sheet}
          value={checked?.report.file.sheet ?? ''}
          options={sheets.map((name) => [name, name] as const)}
          onChange={(sheet) => choose(() => ({ sheet }))}
        />
      ) : null}
      <Field
        label={words.batchLabel}
        help={words.batchHelp}
        value={options.batch}
        maxLength={128}
        wrong={faults['query.batch']}
        onChange={(batch) => choose(() => ({ batch }))}
      />
      <Choice
        label={words.profile}
        value={options.profile === '' ? 'cells' : `p:${options.profile}`}
        options={[['cells', words.asCells], ...names.map((name) => [`p:${name}`, name] as const)]}
        onChange={(key) => choose(() => ({ profile: key === 'cells' ? '' : key.slice(2) }))}
      />
      <Choice
        label={words.existing}
        value={options.onExisting}
        options={(['fail', 'update', 'skip'] as const).map((each) => [each, words.existings[each]] as const)}
        onChange={(onExisting) => choose(() => ({ onExisting }))}
      />
      <OnOff
        label={words.partial}
        help={words.partialHelp}
        isSelected={options.isPartial}
        onChange={(isPartial) => choose(() => ({ isPartial }))}
      />
      <OnOff label={words.strict} isSelected={options.isStrict} onChange={(isStrict) => choose(() => ({ isStrict }))} />
      <KeepColumns columns={options.columns} />
      {checked ? <HowRead report={checked.report} /> : null}
    </section>
  )
}

/** The button that does it, or why it cannot be done yet. */
export function DoImport({ draft }: { draft: Draft }) {
  const words = useSpoken(importWords)
  const count = useCount()
  const [, navigate] = useLocation()
  const { checked, options, isWhole } = draft
  const report = checked?.report
  const good = report ? report.created + report.updated : 0
  const doubts = options.isStrict ? (checked?.carried.length ?? 0) : 0
  const isBroken = !isWhole && report?.problems.some(({ code }) => ['broken-csv', 'too-many-rows'].includes(code))
  const why =
    !report || !isChecked(draft)
      ? words.waitsForCheck
      : isBroken || (report.rows === 0 && report.problemsTotal > 0)
        ? words.waitsForFile
        : report.problemsTotal > 0 && !options.isPartial
          ? words.waitsForMending(count(report.failed))
          : doubts > 0
            ? words.waitsForDoubts(count(doubts))
            : good > 0
              ? null
              : report.unchanged + report.skipped > 0
                ? words.nothingNew
                : words.waitsForGood
  return (
    <>
      <PushButton
        tone="main"
        isDisabled={why !== null}
        onPress={() => {
          const id = send()
          if (id !== null) navigate(addressOfImport(id))
        }}
      >
        {words.doImport(count(good))}
      </PushButton>
      {why === null ? null : <p className="small dim">{why}</p>}
    </>
  )
}

/** Columns that were told here can be kept for the site, as `./eims site set --import-column` does. */
function KeepColumns({ columns }: { columns: Options['columns'] }) {
  const words = useSpoken(importWords)
  const role = useRole()
  if (Object.keys(columns).length === 0 || !includesRole(role, 'admin')) return null
  const keep = async () => {
    const { value: site, tag } = await readTagged('getSite', {})
    const importColumns = { ...site.importColumns, ...columns }
    await server('patchSite', { body: { importColumns } }, unchangedSince(tag))
    void readings.invalidateQueries({ queryKey: reading.site })
    tell(words.columnsKept)
  }
  return <Ask label={words.keepColumns} title={words.keepColumnsTitle} help={words.keepColumnsHelp} onDo={keep} />
}

/** What a person should know of how the list was read. */
export function HowRead({ report }: { report: ImportReport }) {
  const words = useSpoken(importWords)
  const { notes, newBatches, unknownColumns, metadataColumns } = report
  const lines = [
    ...(newBatches.length > 0 ? [words.newBatches(newBatches.join(', '))] : []),
    ...(unknownColumns.length > 0 ? [words.leftColumns(unknownColumns.join(', '))] : []),
    ...(metadataColumns.length > 0 ? [words.metadataColumns(metadataColumns.join(', '))] : []),
  ]
  if (lines.length + notes.length === 0) return null
  return (
    <ul className="small dim lines">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
      {notes.map((note) => (
        <li key={note} lang="en">
          {note.charAt(0).toUpperCase() + note.slice(1)}.
        </li>
      ))}
    </ul>
  )
}
