import type { Overview, Role } from '@eims/contracts'
import { type ComponentType, lazy } from 'react'
import { addresses } from './addresses.ts'
import { OverviewPage } from './pages/overview.tsx'
import type { Words } from './words/english.ts'

/** What stands together in the navigation. */
export type Group = keyof Words['groups']

/** One page: where it is, where the navigation has it, and what it shows. */
export interface Page {
  path: string
  /** null: it is reached from another page */
  entry: {
    group: Group
    label: (words: Words) => string
    /** of its symbol, in 16 by 16 */
    symbol: string
    /** the lowest role that it is of use to; left out: every one */
    role?: Role
    /** how many things there wait for a person */
    open?: (overview: Overview) => number
  } | null
  Shown: ComponentType
}

/** Entries of the navigation that lead to documents of their own (`documents` of addresses.ts). */
export const elsewhere: readonly Pick<Page, 'path' | 'entry'>[] = [
  {
    path: '/floor',
    entry: {
      group: 'hall',
      label: ({ bench }) => bench,
      symbol: 'M2 5V3h3M11 3h3v2M14 11v2h-3M5 13H2v-2M5 6v4M8 6v4M11 6v4',
    },
  },
]

const page = <K extends string>(load: () => Promise<Record<K, ComponentType>>, name: K) =>
  lazy(async () => ({ default: (await load())[name] }))

/**
 * Every page, in the order of the navigation; one of these lines and a file below pages/ make another. What is not seen
 * first is loaded when it is, with its words and its style sheet.
 */
export const pages: readonly Page[] = [
  {
    path: addresses.overview,
    entry: {
      group: 'hall',
      label: ({ overview }) => overview,
      symbol: 'M2 3h5v6H2zM9 3h5v3H9zM9 8h5v5H9zM2 11h5v2H2z',
    },
    Shown: OverviewPage,
  },
  {
    path: addresses.nodes,
    entry: { group: 'hall', label: ({ nodes }) => nodes, symbol: 'M2 4h12M2 8h12M2 12h12' },
    Shown: page(() => import('./pages/nodes.tsx'), 'NodesPage'),
  },
  {
    path: addresses.node,
    entry: null,
    Shown: page(() => import('./pages/node.tsx'), 'NodePage'),
  },
  {
    path: addresses.unknown,
    entry: {
      group: 'hall',
      label: ({ unknown }) => unknown,
      symbol: 'M5.500 6a2.500 2.500 0 1 1 3.600 2.200C8.300 8.700 8 9 8 10M8 13v.010',
      open: ({ undecided: { strangers, conflicts } }) => strangers + conflicts,
    },
    Shown: page(() => import('./pages/unknown.tsx'), 'UnknownPage'),
  },
  {
    path: addresses.why,
    entry: {
      group: 'hall',
      label: ({ why }) => why,
      symbol: 'M7 2.500a4.500 4.500 0 1 1 0 9a4.500 4.500 0 0 1 0-9M10.200 10.200L14 14',
    },
    Shown: page(() => import('./pages/why.tsx'), 'WhyPage'),
  },
  {
    path: addresses.batches,
    entry: {
      group: 'hall',
      label: ({ batches }) => batches,
      symbol: 'M2 5l6-3l6 3l-6 3zM2 5v6l6 3l6-3V5M8 8v6',
    },
    Shown: page(() => import('./pages/batches.tsx'), 'BatchesPage'),
  },
  {
    path: addresses.batch,
    entry: null,
    Shown: page(() => import('./pages/batch.tsx'), 'BatchPage'),
  },
  {
    path: addresses.import,
    entry: {
      group: 'hall',
      label: ({ importTitle }) => importTitle,
      symbol: 'M8 2v7.500M4.500 6.500L8 10l3.500-3.500M2.500 11v2.500h11V11',
    },
    Shown: page(() => import('./pages/import.tsx'), 'ImportPage'),
  },
  {
    path: addresses.importHistory,
    entry: null,
    Shown: page(() => import('./pages/import-history.tsx'), 'ImportHistoryPage'),
  },
  {
    path: addresses.importOne,
    entry: null,
    Shown: page(() => import('./pages/import-one.tsx'), 'ImportOnePage'),
  },
  {
    path: addresses.profiles,
    entry: {
      group: 'contents',
      label: ({ profiles }) => profiles,
      symbol: 'M3 2.500h10v11H3zM5.500 6h5M5.500 8.500h5M5.500 11h3',
    },
    Shown: page(() => import('./pages/profiles.tsx'), 'ProfilesPage'),
  },
  {
    path: addresses.profile,
    entry: null,
    Shown: page(() => import('./pages/profile.tsx'), 'ProfilePage'),
  },
  {
    path: addresses.images,
    entry: {
      group: 'contents',
      label: ({ images }) => images,
      symbol: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 6.500a1.500 1.500 0 1 1 0 3a1.500 1.500 0 0 1 0-3',
    },
    Shown: page(() => import('./pages/images.tsx'), 'ImagesPage'),
  },
  {
    path: addresses.image,
    entry: null,
    Shown: page(() => import('./pages/image.tsx'), 'ImagePage'),
  },
  {
    path: addresses.workflows,
    entry: {
      group: 'contents',
      label: ({ workflows }) => workflows,
      symbol: 'M2 2h4v4H2zM10 10h4v4h-4zM6 4h6v6M4 6v6h6',
    },
    Shown: page(() => import('./pages/workflows.tsx'), 'WorkflowsPage'),
  },
  {
    path: addresses.workflow,
    entry: null,
    Shown: page(() => import('./pages/workflow.tsx'), 'WorkflowPage'),
  },
  {
    path: addresses.newWorkflow,
    entry: null,
    Shown: page(() => import('./pages/workflow.tsx'), 'NewWorkflowPage'),
  },
  {
    path: addresses.configFiles,
    entry: {
      group: 'contents',
      label: ({ configFiles }) => configFiles,
      symbol: 'M4 1.500h5l3 3v10H4zM9 1.500v3h3M6 8h4M6 11h4',
    },
    Shown: page(() => import('./pages/config-files.tsx'), 'ConfigFilesPage'),
  },
  {
    path: addresses.accounts,
    entry: {
      group: 'contents',
      label: ({ accounts }) => accounts,
      symbol:
        'M8 2.500a2.750 2.750 0 1 1 0 5.500a2.750 2.750 0 0 1 0-5.500M2.500 13.500c.500-3 2.500-4 5.500-4s5 1 5.500 4',
    },
    Shown: page(() => import('./pages/accounts.tsx'), 'AccountsPage'),
  },
  {
    path: addresses.site,
    entry: { group: 'site', label: ({ site }) => site, symbol: 'M2 5h5M11 5h3M2 11h3M9 11h5M9 3v4M7 9v4' },
    Shown: page(() => import('./pages/site.tsx'), 'SitePage'),
  },
  {
    path: addresses.keys,
    entry: {
      group: 'site',
      label: ({ keys }) => keys,
      symbol: 'M5 5.500a3 3 0 1 1 0 6a3 3 0 0 1 0-6M8 8.500h6v2.500M11.500 8.500v2',
      role: 'admin',
    },
    Shown: page(() => import('./pages/keys.tsx'), 'KeysPage'),
  },
  {
    path: addresses.audit,
    entry: { group: 'site', label: ({ audit }) => audit, symbol: 'M4 2h8v12H4zM6 5h4M6 8h4M6 11h2', role: 'admin' },
    Shown: page(() => import('./pages/audit.tsx'), 'AuditPage'),
  },
]
