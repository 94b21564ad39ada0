import type { Spot } from '@eims/placed-yaml'
import { parse } from 'yaml'
import type { Step } from '../steps.ts'

/** Whether the OS tells the server that it runs, by a cloud-init seed of ours, and why so. */
export interface Report {
  is: 'seed' | 'none'
  why: string
  /** what keeps cloud-init from our seed */
  hindered: Spot | null
}

/**
 * PURE: how a workflow's OS reports itself, where the workflow does not say. A published template brings a cloud-init
 * configuration of its own, which may name datasources that do not read our seed (NoCloud).
 */
export function reportOf(steps: readonly Step[], ends: string): Report {
  const files = steps.filter(({ action, env }) => action === 'writefile' && env.DEST_PATH?.startsWith('/etc/cloud/'))
  const hindering = files.find(hinders)
  const hindered = hindering ? (hindering.where['env.CONTENTS'] ?? hindering.where.action!) : null
  if (hindered)
    return { is: 'none', why: `${hindering!.env.DEST_PATH} lets cloud-init read no seed on the disk`, hindered }
  const none = (why: string): Report => ({ is: 'none', why, hindered })
  if (ends === 'poweroff') return none('the machine is switched off before its OS has run')
  if (!steps.some(({ env }) => 'IMG_URL' in env)) return none('no image is written that could hold cloud-init')
  const theirs = steps.find(({ action }) => action === 'cidataio')
  if (theirs?.env.USER_DATA && !theirs.env.USER_DATA.startsWith('#cloud-config'))
    return none('the seed of the workflow is no cloud-config that ours could be put into')
  if (files.length === 0 && !theirs) return none('nothing in the workflow says that the image has cloud-init')
  return { is: 'seed', why: 'the workflow sets cloud-init up, and nothing keeps it from our seed', hindered }
}

/** cloud-init's settings that leave NoCloud out: `datasource_list`, ds-identify's `datasource`, a policy, its off switch. */
function hinders({ env }: Step): boolean {
  const { DEST_PATH = '', CONTENTS = '' } = env
  if (DEST_PATH === '/etc/cloud/cloud-init.disabled') return true
  if (DEST_PATH === '/etc/cloud/ds-identify.cfg') {
    const datasource = /^\s*datasource\s*:\s*(\S+)/m.exec(CONTENTS)?.[1]
    return (datasource !== undefined && datasource !== 'NoCloud') || /^\s*policy\s*:\s*disabled\b/m.test(CONTENTS)
  }
  // sources that are only configured keep nothing out: ds-identify takes the seed that it finds
  const list = yamlOf(CONTENTS)?.datasource_list
  return Array.isArray(list) && !list.includes('NoCloud')
}

function yamlOf(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = parse(text, { maxAliasCount: 0, logLevel: 'silent' })
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null
  } catch {
    return null
  }
}
