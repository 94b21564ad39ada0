import { Input, SearchField } from 'react-aria-components'

/** What is looked for in a list, as it is typed. */
export function Search({
  label,
  placeholder,
  value,
  onChange,
  ...bounds
}: {
  label: string
  placeholder: string
  value: string
  onChange: (typed: string) => void
  maxLength?: number
}) {
  return (
    <SearchField className="search" value={value} onChange={onChange} aria-label={label} {...bounds}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M7 2.500a4.500 4.500 0 1 1 0 9a4.500 4.500 0 0 1 0-9M10.200 10.200L14 14" />
      </svg>
      <Input className="input" placeholder={placeholder} />
    </SearchField>
  )
}
