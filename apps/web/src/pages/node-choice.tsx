import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components'
import { reading, server } from '../server/client.ts'
import { Chevron } from '../shown/choice.tsx'
import { useSpoken } from '../shown/language.tsx'
import { useSettled } from '../shown/typing.ts'
import { editorWords } from '../words/editor.ts'
import { filterOf } from './node-query.ts'

const MOST = 30

/**
 * One node of however many, found by the server as one types.
 * @param within a filter that it fits besides; '' is any
 */
export function NodeChoice({
  value,
  onChange,
  within = '',
  label,
}: {
  value: string | null
  onChange: (name: string | null) => void
  within?: string
  label?: string
}) {
  const spoken = useSpoken(editorWords)
  const [typed, type] = useState(value ?? '')
  const text = useSettled(typed === value ? '' : typed)
  const narrowed = filterOf({ text, state: 'all', batch: '', orderBy: '' })
  const filter = [narrowed, within]
    .filter((part) => part !== '')
    .map((part) => `(${part})`)
    .join(' AND ')
  const found = useQuery({
    queryKey: [...reading.nodes, 'choice', filter],
    queryFn: ({ signal }) =>
      server('listNodes', { query: { pageSize: MOST, ...(filter === '' ? {} : { filter }) } }, { signal }),
    placeholderData: keepPreviousData,
  })
  const items = found.data?.items.map(({ name, serial, product }) => ({ id: name, serial, product })) ?? []
  return (
    <ComboBox
      className="node-choice"
      items={items}
      inputValue={typed}
      selectedKey={value}
      menuTrigger="input"
      defaultFilter={() => true}
      allowsEmptyCollection={false}
      onInputChange={(next) => {
        type(next)
        if (next === '') onChange(null)
      }}
      onSelectionChange={(key) => {
        if (key === null) return
        type(String(key))
        onChange(String(key))
      }}
    >
      <Label>{label ?? spoken.node}</Label>
      <div className="node-choice-field">
        <Input className="input" placeholder={spoken.nodeHelp} maxLength={128} />
        <Button className="button plain symbol">
          <Chevron />
        </Button>
      </div>
      <Popover className="popover">
        <ListBox className="options">
          {({ id, serial, product }: (typeof items)[number]) => (
            <ListBoxItem id={id} textValue={id} className="option">
              {id}
              <span className="note">{[serial, product].filter(Boolean).join(' · ')}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
