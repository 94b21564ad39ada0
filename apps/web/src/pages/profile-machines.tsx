import type { PublicProfile } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { addressOfNodes } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { useCount } from '../shown/figures.ts'

/** Milliseconds after which the machines of a profile are counted anew. */
const COUNT_EVERY = 30_000

/** PURE: which nodes get a profile: those that name it, and where it is the site's default those that name none. */
const filterOfProfile = ({ name, isDefault }: Pick<PublicProfile, 'name' | 'isDefault'>): string =>
  `profile = ${JSON.stringify(name)}${isDefault ? ' OR NOT profile:*' : ''}`

const counting = (profile: Pick<PublicProfile, 'name' | 'isDefault'>) => ({
  queryFn: () => server('listNodes', { query: { filter: filterOfProfile(profile), pageSize: 1 } }),
  staleTime: COUNT_EVERY,
})

/** How many nodes get a profile, as it changes; undefined while that is not known. */
export function useMachinesOf(profile: Pick<PublicProfile, 'name' | 'isDefault'>): number | undefined {
  return useQuery({ queryKey: [...reading.overview, 'of-profile', filterOfProfile(profile)], ...counting(profile) })
    .data?.total
}

/** The number of nodes that get a profile, which leads to them. */
export function MachinesOf({ profile }: { profile: PublicProfile }) {
  const count = useCount()
  // Of a whole list, during a rollout, each event would count all of them.
  const nodes = useQuery({
    queryKey: [...reading.profiles, 'nodes', filterOfProfile(profile)],
    ...counting(profile),
    refetchInterval: COUNT_EVERY,
  })
  const machines = nodes.data?.total
  if (machines === undefined) return null
  if (machines === 0) return <span className="dim">0</span>
  return <Link href={addressOfNodes({ q: filterOfProfile(profile) })}>{count(machines)}</Link>
}
