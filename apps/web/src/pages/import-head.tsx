import { useQuery } from '@tanstack/react-query'
import { reading, server } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Ask } from '../shown/dialog.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { importWords } from '../words/import.ts'
import { check, closeDraft, type Draft, isChecked, isMended, step, tableOf } from './import-draft.ts'
import { DoImport } from './import-side.tsx'

/** Milliseconds between two looks at how far a check is. */
const LOOK = 700

/** What the list is called, what would become of it, and whether that is of the list as it stands. */
export function ListHead({ draft }: { draft: Draft }) {
  const words = useSpoken(importWords)
  const count = useCount()
  const { checked, past } = draft
  const table = tableOf(draft)
  const report = checked?.report
  const isNow = isChecked(draft)
  const state =
    draft.checking !== null ? 'checking' : isNow ? 'checked' : draft.wrong !== null ? 'notChecked' : 'unchecked'
  const close = { label: words.other, title: words.otherTitle, help: words.otherHelp }
  return (
    <header className="import-head">
      <div className="toolbar">
        <h1>{draft.name}</h1>
        {report ? (
          <span className="dim">
            {[report.file.sheet, words.rows(count(report.rows))].filter((each) => each !== null).join(' · ')}
          </span>
        ) : null}
        <div className="import-ways">
          {isMended(draft) ? (
            <Ask {...close} tone="hurts" onDo={async () => closeDraft()} />
          ) : (
            <PushButton onPress={closeDraft}>{words.other}</PushButton>
          )}
          {table ? <DoImport draft={draft} /> : null}
        </div>
      </div>
      {table ? (
        <div className="toolbar">
          <ul className={isNow ? 'import-counts' : 'import-counts stale'}>
            {(['created', 'updated', 'unchanged', 'skipped', 'failed', 'warnings'] as const).map((name) => {
              const number =
                name === 'warnings'
                  ? (report?.warningsTotal ?? 0) + (checked?.carried.length ?? 0)
                  : (report?.[name] ?? 0)
              if (number === 0 && name !== 'created' && name !== 'failed') return null
              return (
                <li key={name} className={number > 0 ? name : undefined}>
                  <b>{count(number)}</b> {words[name]}
                </li>
              )
            })}
          </ul>
          <span className={`import-state ${state}`} role="status">
            {words[state]} {draft.checking === null ? null : <SoFar id={draft.checking} />}
          </span>
          {isNow || draft.checking !== null ? null : (
            <PushButton onPress={() => void check()}>{words.checkNow}</PushButton>
          )}
          <span className="import-steps">
            <PushButton tone="quiet" isDisabled={!past?.tables[past.at - 1]} onPress={() => step(-1)}>
              {words.undoEdit}
            </PushButton>
            <PushButton tone="quiet" isDisabled={!past?.tables[past.at + 1]} onPress={() => step(1)}>
              {words.redoEdit}
            </PushButton>
          </span>
        </div>
      ) : null}
    </header>
  )
}

/** How far a check is; of a long list it takes a while. */
export function SoFar({ id }: { id: string | null }) {
  const { data } = useQuery({
    queryKey: [...reading.imports, id],
    queryFn: () => server('getImport', { params: { id: id! } }),
    enabled: id !== null,
    retry: false,
    refetchInterval: LOOK,
  })
  if (typeof data?.fraction !== 'number') return null
  return <span className="number">{Math.round(100 * data.fraction)} %</span>
}
