import { conflicts } from './conflicts.ts'
import { nodeLogs } from './logs.ts'
import { actionVerbs } from './node-actions.ts'
import { config } from './node-config.ts'
import { list, show } from './node-list.ts'
import { registryVerbs } from './node-registry.ts'
import { set } from './node-set.ts'

const { add, forget, merge, split, claim } = registryVerbs

export const nodeVerbs = [
  add,
  list,
  show,
  set,
  config,
  nodeLogs,
  ...actionVerbs,
  forget,
  conflicts,
  merge,
  split,
  claim,
]
