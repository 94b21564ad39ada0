import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { wrongOf } from '../shown/states.tsx'
import { editorWords } from '../words/editor.ts'
import type { Found } from './editor.tsx'

/** Of a text: what is wrong with it, and what is worth knowing; each leads to its place. */
export function Findings({ of, error, isChecking, onJump }: FindingsParts) {
  const spoken = useSpoken(editorWords)
  const words = useWords()
  const count = useCount()
  const mistakes = of?.filter(({ is }) => is === 'mistake') ?? []
  const warnings = of?.filter(({ is }) => is === 'warning') ?? []
  return (
    <div className="findings">
      <p role="status" className={error || mistakes.length > 0 ? 'lamp bad' : of ? 'lamp good' : 'lamp'}>
        {error && !isChecking ? (
          <>
            {spoken.unchecked}: {wrongOf(error, words)}
          </>
        ) : !of ? (
          spoken.checking
        ) : (
          [
            mistakes.length > 0 ? spoken.mistakes(count(mistakes.length)) : spoken.noMistakes,
            ...(warnings.length > 0 ? [spoken.warnings(count(warnings.length))] : []),
          ].join(' ')
        )}
      </p>
      {of && of.length > 0 ? (
        <ol aria-label={spoken.notes}>
          {[...mistakes, ...warnings].map((note) => (
            <li key={`${note.line}:${note.column} ${note.path} ${note.sentence}`} className={note.is}>
              <button type="button" className="place" onClick={() => onJump(note.line, note.column)}>
                <span className="hidden">{spoken[note.is]}: </span>
                {spoken.at(note.line, note.column)}
              </button>
              <span>
                {note.path ? <span className="mono">{note.path}: </span> : null}
                {note.sentence}
                <span className="note">{note.remedy}</span>
              </span>
            </li>
          ))}
        </ol>
      ) : null}
    </div>
  )
}

interface FindingsParts {
  /** undefined: nothing was checked yet */
  of: readonly Found[] | undefined
  error: unknown
  isChecking: boolean
  onJump: (line: number, column: number) => void
}

/** PURE: what a check found, mistakes first. */
export const foundOf = ({
  mistakes,
  warnings,
}: Readonly<Record<'mistakes' | 'warnings', readonly Omit<Found, 'is'>[]>>): Found[] => [
  ...mistakes.map((note) => ({ ...note, is: 'mistake' as const })),
  ...warnings.map((note) => ({ ...note, is: 'warning' as const })),
]
