import { nodeLogs } from './logs.ts'
import { actionVerbs } from './node-actions.ts'
import { list, show } from './node-list.ts'
import { registryVerbs } from './node-registry.ts'
import { set } from './node-set.ts'

const { add, adopt, forget, merge, split, claim } = registryVerbs

export const nodeVerbs = [add, list, show, set, nodeLogs, ...actionVerbs, adopt, forget, merge, split, claim]
