import type { BulkAction } from './bulk.ts'
import type { Node } from './node.ts'

interface Fits {
  /** by what is known of a node */
  applies: (node: Pick<Node, 'hold' | 'instance' | 'netbootPolicy' | 'registered' | 'run'>) => boolean
  /** the same as a filter of a list of nodes; empty: everyone */
  filter: string
}

const isActive: Fits['applies'] = ({ run }) => run?.state === 'RUNNING' || run?.state === 'PENDING'
const ACTIVE = '(run.state = RUNNING OR run.state = PENDING)'
/** Nobody holds it, and it may boot. */
const isFree: Fits['applies'] = ({ hold, netbootPolicy }) => hold === null && netbootPolicy === 'allowed'
const FREE = 'NOT hold:* AND netbootPolicy = allowed'
const idle: Fits = { applies: (node) => !isActive(node), filter: `NOT ${ACTIVE}` }
const active: Fits = { applies: isActive, filter: ACTIVE }

/**
 * For which nodes an action on many does something, as far as a list tells. The server judges each once more when it is
 * asked; those that are left out here would be refused there, so nobody has to read about them.
 */
export const bulkFits: Readonly<Record<BulkAction, Fits>> = {
  provision: {
    applies: (node) => node.instance === null && isFree(node),
    filter: `NOT instance.state:* AND ${FREE}`,
  },
  reprovision: {
    applies: (node) => node.instance !== null && !isActive(node) && isFree(node),
    filter: `instance.state:* AND ${idle.filter} AND ${FREE}`,
  },
  retry: {
    applies: (node) => node.instance?.state === 'FAILED' && node.run !== null && isFree(node),
    filter: `instance.state = FAILED AND run.state:* AND ${FREE}`,
  },
  cancel: active,
  pause: active,
  resume: active,
  hold: idle,
  release: { applies: ({ hold }) => hold !== null, filter: 'hold:*' },
  set: { applies: () => true, filter: '' },
  adopt: { applies: ({ registered }) => !registered, filter: 'registered = false' },
  delete: idle,
}
