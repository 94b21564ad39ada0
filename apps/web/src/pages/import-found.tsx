import type { ImportFinding } from '@eims/contracts'
import { Card } from '../shown/card.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpeaking, useSpoken } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { importWords } from '../words/import.ts'
import { briefly, findingWords, meaningOf } from '../words/import-findings.ts'

/** Findings that are shown, and rows that are named of each. */
const MOST = 200
const MOST_ROWS = 5

/** What was found in an import, equal ones as one. @param total how often something was found */
export function FoundRows({
  title,
  what,
  of,
  total,
}: {
  title: string
  what: string
  of: readonly ImportFinding[]
  total: number
}) {
  const words = useSpoken(importWords)
  const count = useCount()
  if (of.length === 0) return null
  const shown = of.slice(0, MOST).map((each, index) => ({ ...each, id: String(index) }))
  const left = total - shown.reduce((sum, each) => sum + each.count, 0)
  const rowsOf = ({ rows, count: all }: ImportFinding) => {
    const named = rows.slice(0, MOST_ROWS).join(', ')
    return all > Math.min(rows.length, MOST_ROWS)
      ? words.andMore(named, count(all - Math.min(rows.length, MOST_ROWS)))
      : named
  }
  return (
    <Card title={title} side={<span className="dim number">{count(total)}</span>} className="bare">
      <Rows
        label={title}
        of={shown}
        columns={[
          { name: 'rows', label: words.rowsLabel, cell: rowsOf },
          { name: 'column', label: words.column, cell: ({ column }) => column },
          {
            name: 'value',
            label: words.value,
            cell: ({ value }) => <span className="mono value">{value.slice(0, 60)}</span>,
          },
          {
            name: 'what',
            label: what,
            cell: (each) => <FindingText of={each} />,
          },
        ]}
      />
      {left > 0 ? <p className="dim small">{words.moreFindings(count(left))}</p> : null}
    </Card>
  )
}

/** What was found: briefly, what that means, and the server's own words, which are English and know the case. */
export function FindingText({ of: { code, message } }: { of: Pick<ImportFinding, 'code' | 'message'> }) {
  const said = useSpoken(findingWords)
  const { language } = useSpeaking()
  return (
    <>
      <b>{briefly(said, code)}.</b> {language === 'en' ? null : `${meaningOf(said, code)}. `}
      <span className={language === 'en' ? undefined : 'dim'} lang="en">
        {message.charAt(0).toUpperCase() + message.slice(1)}
        {'.?!'.includes(message.at(-1) ?? '') ? null : '.'}
      </span>
    </>
  )
}
