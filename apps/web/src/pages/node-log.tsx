import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import { Input, SearchField } from 'react-aria-components'
import { reading, server } from '../server/client.ts'
import { Card } from '../shown/card.tsx'
import { useWords } from '../shown/language.tsx'
import { Read } from '../shown/states.tsx'
import { Clock } from '../shown/time.tsx'

/** Lines that are shown: the newest. */
const LINES = 300
/** Milliseconds after which the log of a run under way is read anew: lines make no events. */
const WORKING = 2000

/** The newest lines of the node's runs; whoever has scrolled up is left there. */
export function NodeLog({ id, isWorking }: { id: string; isWorking: boolean }) {
  const words = useWords()
  const [typed, setTyped] = useState('')
  const text = useDeferredValue(typed.trim())
  const box = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  const log = useQuery({
    queryKey: [...reading.node(id), 'log', text],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const filter = text === '' ? {} : { filter: `text:"${text.replace(/["\\]/g, String.raw`\$&`)}"` }
      const query = { pageSize: LINES, orderBy: 'id desc', ...filter }
      const { items } = await server('nodeLogs', { params: { id }, query }, { signal })
      return items.toReversed()
    },
    refetchInterval: isWorking ? WORKING : false,
  })
  useEffect(() => {
    if (follows.current && box.current && log.data) box.current.scrollTop = box.current.scrollHeight
  }, [log.data])
  return (
    <Card
      title={words.log}
      side={
        <SearchField className="search small" value={typed} onChange={setTyped} aria-label={words.logSearch}>
          <Input className="input" placeholder={words.logSearch} />
        </SearchField>
      }
    >
      <Read of={log} rows={3}>
        {(lines) =>
          lines.length === 0 ? (
            <p className="dim">{words.noLog}</p>
          ) : (
            // biome-ignore lint/a11y/useSemanticElements: what scrolls is a place of its own
            <div
              className="log"
              ref={box}
              role="region"
              aria-label={words.log}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
              tabIndex={0}
              onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
                follows.current = scrollHeight - scrollTop - clientHeight < 8
              }}
            >
              {lines.map(({ at, action, stream, text: line }, index) => (
                <p key={index} className={stream}>
                  <span className="when">
                    <Clock at={at} seconds />
                  </span>
                  <span className="of">{action}</span>
                  <span>{line}</span>
                </p>
              ))}
            </div>
          )
        }
      </Read>
    </Card>
  )
}
