import type { Figure } from '@eims/registry'
import type { Reading, Sample } from './protocols.ts'

type Site = readonly Figure[]

/** Sums the figures of one kind by a label. */
const sumBy = (
  figures: Site,
  of: Figure['of'],
  label: string,
  word: (figure: Figure) => string | null,
  what: 'count' | 'bytes' = 'count',
): Sample[] => {
  const sums = new Map<string, number>()
  for (const figure of figures) {
    const key = figure.of === of ? word(figure) : null
    if (key !== null) sums.set(key, (sums.get(key) ?? 0) + figure[what])
  }
  return [...sums].map(([key, value]) => ({ labels: { [label]: key }, value }))
}

const total = (figures: Site, is: (figure: Figure) => boolean, what: 'count' | 'bytes' = 'count'): Sample[] => [
  { labels: {}, value: figures.filter(is).reduce((sum, figure) => sum + figure[what], 0) },
]

const lower = ({ state }: Figure) => state?.toLowerCase() ?? null

/** PURE: what the registry holds; the same whichever server of the site is asked. None of it while the database is silent. */
export const siteGauges: readonly Reading<Site>[] = [
  {
    name: 'eims_nodes',
    help: 'Nodes by the state of the host',
    labels: ['state'],
    read: (all) => sumBy(all, 'node', 'state', lower),
  },
  {
    name: 'eims_nodes_by_indicator',
    help: 'Nodes by how they stand: idle, in_progress or error',
    labels: ['indicator'],
    read: (all) => sumBy(all, 'node', 'indicator', ({ indicator }) => indicator?.toLowerCase() ?? null),
  },
  {
    name: 'eims_nodes_held',
    help: 'Nodes that a person has put on hold',
    labels: [],
    read: (all) => total(all, ({ of, held }) => of === 'node' && held === true),
  },
  {
    name: 'eims_nodes_unregistered',
    help: 'Nodes that appeared by themselves, and that nobody registered',
    labels: [],
    read: (all) => total(all, ({ of, registered }) => of === 'node' && registered === false),
  },
  {
    name: 'eims_instances',
    help: 'Nodes by the state of the OS on them',
    labels: ['state'],
    read: (all) => sumBy(all, 'instance', 'state', lower),
  },
  {
    name: 'eims_runs',
    help: 'Runs that are pending or under way',
    labels: ['state'],
    read: (all) => [
      ...['pending', 'running']
        .filter((state) => !all.some((figure) => figure.of === 'run' && lower(figure) === state))
        .map((state) => ({ labels: { state }, value: 0 })),
      ...sumBy(all, 'run', 'state', lower),
    ],
  },
  {
    name: 'eims_actions_running',
    help: 'Actions under way by builtin: how far the machines are that are being provisioned',
    labels: ['action'],
    read: (all) => sumBy(all, 'action', 'action', ({ state }) => state),
  },
  {
    name: 'eims_boot_sessions',
    help: 'Boot sessions that have not run out',
    labels: [],
    read: (all) => total(all, ({ of }) => of === 'session'),
  },
  {
    name: 'eims_images',
    help: 'Images by state',
    labels: ['state'],
    read: (all) => sumBy(all, 'image', 'state', lower),
  },
  {
    name: 'eims_image_store_bytes',
    help: 'What the images take in the store; a piece that several images share counts for each',
    labels: [],
    read: (all) => total(all, ({ of }) => of === 'image', 'bytes'),
  },
]

export const siteCounters: readonly Reading<Site>[] = [
  {
    name: 'eims_events_total',
    help: 'Events that were given a number since the registry was made',
    labels: [],
    read: (all) => total(all, ({ of }) => of === 'event'),
  },
]
