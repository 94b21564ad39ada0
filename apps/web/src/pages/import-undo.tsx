import type { ImportUndo } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { reading, readings, server } from '../server/client.ts'
import { Card } from '../shown/card.tsx'
import { Ask } from '../shown/dialog.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { Read } from '../shown/states.tsx'
import { Clock } from '../shown/time.tsx'
import { tell } from '../shown/told.tsx'
import { importWords } from '../words/import.ts'
import { findingWords } from '../words/import-findings.ts'

/** A button that takes an import back, and says before what would stay. */
export function UndoImport({ id, name }: { id: string; name: string }) {
  const words = useSpoken(importWords)
  const count = useCount()
  const undo = async () => {
    const { deleted, restored } = await server('undoImport', { params: { id } }, { timeout: 600_000 })
    await readings.invalidateQueries({ queryKey: reading.imports })
    tell(words.undoTold(count(deleted), count(restored)))
  }
  return (
    <Ask label={words.undo} tone="hurts" title={words.undoTitle(name)} help={words.undoHelp} isWide onDo={undo}>
      <Foreseen id={id} />
    </Ask>
  )
}

/** What undoing it would come to, as it is now. */
function Foreseen({ id }: { id: string }) {
  const words = useSpoken(importWords)
  const count = useCount()
  const foreseen = useQuery({
    queryKey: [...reading.imports, id, 'undo'],
    queryFn: () => server('undoImport', { params: { id }, query: { dryRun: 'true' } }, { timeout: 600_000 }),
    staleTime: 0,
    gcTime: 0,
  })
  return (
    <Read of={foreseen} rows={2}>
      {(undo) => (
        <>
          <p>{words.undoWould(count(undo.deleted), count(undo.restored), count(undo.left))}</p>
          <Left of={undo} />
        </>
      )}
    </Read>
  )
}

/** What undoing it came to. */
export function WasUndone({ undo }: { undo: ImportUndo }) {
  const words = useSpoken(importWords)
  const count = useCount()
  return (
    <Card title={words.undoBy(undo.by)} side={<Clock at={undo.at} />}>
      <p>{words.undoDid(count(undo.deleted), count(undo.restored), count(undo.left))}</p>
      <Left of={undo} />
    </Card>
  )
}

/** Machines that stay as they are, with why. */
function Left({ of: { because } }: { of: ImportUndo }) {
  const words = useSpoken(importWords)
  const { left } = useSpoken(findingWords)
  const count = useCount()
  if (because.length === 0) return null
  return (
    <Rows
      label={words.stays}
      of={because.map((each) => ({ ...each, id: `${each.kind} ${each.reason}` }))}
      columns={[
        {
          name: 'reason',
          label: words.stays,
          cell: ({ reason, kind }) => (
            <>
              {left[reason]}
              <span className="note">{words.kinds[kind]}</span>
            </>
          ),
        },
        { name: 'count', label: words.machines, isNumber: true, cell: (each) => count(each.count) },
        {
          name: 'names',
          label: '',
          cell: ({ names, rows }) => (names.length > 0 ? names : rows).slice(0, 5).join(', '),
        },
      ]}
    />
  )
}
