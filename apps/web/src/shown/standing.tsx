import type { Standing } from '@eims/contracts'
import { useWords } from './language.tsx'
import { standingForms } from './standing-forms.ts'

/** The symbol of a standing, for beside its word. */
export function StandingMark({ standing }: { standing: Standing }) {
  return (
    <svg className={`mark ${standing}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={standingForms[standing]} />
    </svg>
  )
}

/** Where a machine stands: symbol and word. */
export function StandingBadge({ standing }: { standing: Standing }) {
  const words = useWords()
  return (
    <span className={`standing ${standing}`} title={words.standingMeans[standing]}>
      <StandingMark standing={standing} />
      {words.standing[standing]}
    </span>
  )
}
