import { useQuery } from '@tanstack/react-query'
import { reading, server } from '../server/client.ts'
import { Choice } from '../shown/choice.tsx'

/** As many as one page has; whoever has more names them in a filter. */
const MOST = 1000

/** The names of all batches, or of all profiles; empty while they are read. */
export function useNames(what: 'batch' | 'profile'): readonly string[] {
  const names = useQuery({
    queryKey: [...(what === 'batch' ? reading.batches : reading.profiles), 'names'],
    queryFn: async () => {
      const query = { pageSize: MOST, orderBy: 'name' }
      const { items } = await (what === 'batch' ? server('listBatches', { query }) : server('listProfiles', { query }))
      return items.map(({ name }) => name)
    },
  })
  return names.data ?? []
}

/**
 * One of the batches or profiles, or a word that stands for none of them.
 * @param value a name; else the key of one of `besides`
 */
export function NameChoice({
  what,
  label,
  hideLabel,
  besides,
  value,
  onChange,
}: {
  what: 'batch' | 'profile'
  label: string
  hideLabel?: boolean
  besides: readonly (readonly [string, string])[]
  value: { name: string } | { key: string }
  onChange: (value: { name: string } | { key: string }) => void
}) {
  const names = useNames(what)
  const known = 'name' in value && !names.includes(value.name) ? [...names, value.name] : names
  return (
    <Choice
      label={label}
      hideLabel={hideLabel ?? false}
      value={'name' in value ? `n:${value.name}` : value.key}
      options={[...besides, ...known.map((name) => [`n:${name}`, name] as const)]}
      onChange={(key) => onChange(key.startsWith('n:') ? { name: key.slice(2) } : { key })}
    />
  )
}
