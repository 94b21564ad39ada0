import type { BulkReport, Node } from '@eims/contracts'
import { Heading } from 'react-aria-components'
import { Link } from 'wouter'
import { addressOfNodes } from '../addresses.ts'
import { PushButton } from '../shown/button.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpeaking, useSpoken } from '../shown/language.tsx'
import { wrongOf } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { bulkWords } from '../words/bulk.ts'
import { sentenceOf } from '../words/sentence.ts'
import { type BulkName, filterOfNames, grouped } from './bulk-actions.ts'
import type { Outcome } from './bulk-run.ts'
import type { Selection } from './node-selection.ts'

const NAMED = 3

interface ReportParts {
  name: BulkName
  outcome: Outcome
  /** the chosen, where they are known one by one */
  nodes: readonly Node[] | null
  selection: Selection
  onClose: () => void
}

/** What became of an action on many: how many were done, and of the others why, who, and where to find them. */
export function BulkReportShown({ name, outcome, nodes, selection, onClose }: ReportParts) {
  const words = useSpoken(bulkWords)
  const { words: common, language } = useSpeaking()
  const count = useCount()
  const { done, failed, left, wrong, undo } = outcome
  const names = failed.map(({ node }) => node)
  const link = filterOfNames(names)
  const failedNodes = nodes?.filter((node) => names.includes(node.name)) ?? []
  const takeBack = async (undoIt: () => Promise<void>) => {
    onClose()
    selection.clear()
    await undoIt().then(
      () => tell(common.undone),
      (error: unknown) => tell(wrongOf(error, common), { tone: 'bad' }),
    )
  }
  return (
    <div className="form">
      <Heading slot="title">{words.done[name](count(done))}</Heading>
      {wrong ? (
        <p className="wrong" role="alert">
          {wrongOf(wrong, common)}
        </p>
      ) : null}
      {left > 0 ? <p>{words.left(count(left))}</p> : null}
      {failed.length === 0 ? null : (
        <>
          <p>{words.notDone(count(failed.length))}</p>
          <ul className="failures">
            {grouped(failed).map(({ key, why, nodes: those }) => (
              <li key={key}>
                <span className="number">{count(those.length)}</span>
                <span>
                  {sentenceFor(why, language)}
                  <span className="note">
                    {those.slice(0, NAMED).join(', ')}{' '}
                    {those.length > NAMED ? words.further(count(those.length - NAMED)) : null}
                  </span>
                </span>
              </li>
            ))}
          </ul>
          <p className="small links">
            <Link
              href={addressOfNodes({ q: link.filter })}
              onClick={() => {
                selection.clear()
                onClose()
              }}
            >
              {link.count === names.length ? words.showFailed : words.showSomeFailed(count(link.count))}
            </Link>
          </p>
        </>
      )}
      <footer>
        {undo ? <PushButton onPress={() => void takeBack(undo)}>{common.undo}</PushButton> : null}
        {failedNodes.length > 0 ? (
          <PushButton
            onPress={() => {
              selection.choose(failedNodes)
              onClose()
            }}
          >
            {words.chooseFailed}
          </PushButton>
        ) : null}
        <PushButton
          tone="main"
          onPress={() => {
            selection.clear()
            onClose()
          }}
        >
          {common.close}
        </PushButton>
      </footer>
    </div>
  )
}

/** Of those that share a reason the sentence of the first: it may name that machine. */
const sentenceFor = ({ reason, detail }: BulkReport['failed'][number], language: 'en' | 'de'): string =>
  reason ? sentenceOf(reason, language) : detail
