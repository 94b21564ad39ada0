import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components'

/** One of several, in a list that drops down. */
export function Choice<T extends string>({
  label,
  hideLabel = false,
  options,
  value,
  onChange,
  isDisabled = false,
}: {
  label: string
  hideLabel?: boolean
  options: readonly (readonly [T, string])[]
  value: T
  onChange: (value: T) => void
  isDisabled?: boolean
}) {
  return (
    <Select
      className="choice"
      value={value}
      isDisabled={isDisabled}
      onChange={(key) => onChange(key as T)}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {hideLabel ? null : <Label>{label}</Label>}
      <Button className="button plain">
        <SelectValue />
        <Chevron />
      </Button>
      <Popover className="popover">
        <ListBox className="options">
          {options.map(([id, text]) => (
            <ListBoxItem key={id} id={id} textValue={text} className="option">
              {text}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}

/** Says that something drops down. */
export const Chevron = () => (
  <svg className="chevron" viewBox="0 0 16 16" aria-hidden="true">
    <path d="M4 6l4 4 4-4" />
  </svg>
)
