import { type Overview, Standing } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Button, Checkbox, CheckboxGroup, Dialog, DialogTrigger, Label, Popover } from 'react-aria-components'
import { reading, server } from '../server/client.ts'
import { Chevron } from '../shown/choice.tsx'
import { useCount } from '../shown/figures.ts'
import { useWords } from '../shown/language.tsx'
import { Search } from '../shown/search.tsx'
import { StandingMark } from '../shown/standing.tsx'
import { type ColumnName, columns } from './node-columns.tsx'
import { type NodeSearch, pauseAfter } from './node-query.ts'
import { NameChoice, useNames } from './node-references.tsx'

/** What is looked for, as it is typed; the server is asked when no key comes for a moment. */
export function TextSearch({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const words = useWords()
  const [typed, setTyped] = useState(value)
  const [given, setGiven] = useState(value)
  // The address was changed by somebody else than who types here.
  if (given !== value) {
    setGiven(value)
    setTyped(value)
  }
  // The list is rendered anew while somebody types, and each time hands in another function: the moment goes on.
  const change = useRef(onChange)
  useEffect(() => {
    change.current = onChange
  })
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => {
      setGiven(typed)
      change.current(typed)
    }, pauseAfter(typed))
    return () => clearTimeout(timer)
  }, [typed, value])
  return <Search label={words.search} placeholder={words.searchHelp} value={typed} onChange={setTyped} />
}

/** Where the machines stand, with how many there are. */
export function States({
  value,
  onChange,
}: {
  value: NodeSearch['state']
  onChange: (state: NodeSearch['state']) => void
}) {
  const words = useWords()
  const count = useCount()
  const overview = useQuery<Overview>({ queryKey: reading.overview, queryFn: () => server('overview', {}) })
  const all = ['all', ...Standing.options] as const
  return (
    <fieldset className="states">
      <legend className="hidden">{words.state}</legend>
      {all.map((each) => {
        const number = each === 'all' ? overview.data?.total : overview.data?.standing[each]
        return (
          <label key={each} className={each}>
            <input type="radio" name="state" checked={value === each} onChange={() => onChange(each)} />
            {each === 'all' ? null : <StandingMark standing={each} />}
            {each === 'all' ? words.all : words.standing[each]}
            <span className="number">{number === undefined ? '' : count(number)}</span>
          </label>
        )
      })}
    </fieldset>
  )
}

/** One batch, or any; nothing while there is none. */
export function BatchChoice({ value, onChange }: { value: string; onChange: (batch: string) => void }) {
  const words = useWords()
  if (useNames('batch').length === 0 && value === '') return null
  return (
    <NameChoice
      what="batch"
      label={words.batch}
      hideLabel
      besides={[['any', words.anyBatch]]}
      value={value === '' ? { key: 'any' } : { name: value }}
      onChange={(picked) => onChange('name' in picked ? picked.name : '')}
    />
  )
}

/** Which columns are shown; the name always is. */
export function ColumnChoice({ kept, onChange }: { kept: ColumnName[]; onChange: (names: string[]) => void }) {
  const words = useWords()
  return (
    <DialogTrigger>
      <Button className="button plain">
        {words.columnsButton}
        <Chevron />
      </Button>
      <Popover className="popover">
        <Dialog className="panel" aria-label={words.columnsButton}>
          <CheckboxGroup
            value={kept}
            onChange={(names) => onChange(names.includes('name') ? names : ['name', ...names])}
            className="checks"
          >
            <Label className="hidden">{words.columnsButton}</Label>
            {columns.map(({ name }) => (
              <Checkbox key={name} value={name} isDisabled={name === 'name'} className="check">
                <span className="box" aria-hidden="true">
                  <svg viewBox="0 0 16 16" aria-hidden="true">
                    <path d="M3.500 8.500 6.500 11.500 12.500 4.500" />
                  </svg>
                </span>
                {words.columns[name]}
              </Checkbox>
            ))}
          </CheckboxGroup>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
