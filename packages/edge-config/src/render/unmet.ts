import type { EdgeConfig } from '../config.ts'
import { INSTALL_SCRIPT } from '../k3s/config.ts'
import { clusterOf } from './cluster.ts'
import type { Facts } from './facts.ts'
import { bringsK3s } from './own-k3s.ts'

/** What an image would have to be for what its config-files ask. */
export interface Unmet {
  need: 'k3s' | 'mutable'
  sentence: string
  remedy: string
}

const K3S: Unmet = {
  need: 'k3s',
  sentence: 'kubernetes sets up K3s, and the image has none that could be installed',
  remedy: `Choose an image with K3s and ${INSTALL_SCRIPT}, write kubernetes: none, or a command or an installer that brings ${INSTALL_SCRIPT} before it.`,
}

const MUTABLE: Unmet = {
  need: 'mutable',
  sentence: 'operatingSystem.installer changes the OS, and the image is immutable',
  remedy: 'Leave it out, or choose a mutable image.',
}

/** What a unit's image lacks for its config-files, found before a machine is touched; of what is not known, nothing. */
export function unmetBy(config: EdgeConfig, facts: Pick<Facts, 'imageK3s' | 'imageType'>): Unmet[] {
  const { installer } = config.operatingSystem
  const isOfImage = clusterOf(config, facts)?.cluster.ofImage === true
  const lacksK3s = facts.imageK3s === 'no' && isOfImage && !bringsK3s(config)
  return [...(lacksK3s ? [K3S] : []), ...(installer && facts.imageType === 'immutable' ? [MUTABLE] : [])]
}
