import { trustDoubt } from '@eims/cloud-config'
import { type ConfigCheck, type ConfigChecked, type NodeConfig, namesWorkflow, ProblemError } from '@eims/contracts'
import { noAddons } from '@eims/edge-config'
import {
  configFilesOf,
  type Db,
  effectiveAccount,
  effectiveProfile,
  getBatch,
  getNode,
  getProfile,
  getSite,
  nodeDetail,
  type StoredConfigFile,
  storedConfigFile,
} from '@eims/registry'
import { unitConfig } from '@eims/unit-plan'
import { lookedAt, shownConfig } from './edge-config.ts'
import { secretsFor } from './secrets.ts'

const nothing = {
  config: null,
  from: [],
  fromSecrets: [],
  cluster: null,
  kernelArguments: [],
  bootOrder: null,
  addons: [],
}

const carriers = { site: (db: Db) => getSite(db), batch: getBatch, profile: getProfile, node: getNode }

/**
 * What is wrong with a config-file that is not stored, and what it would come to.
 * @throws ProblemError not-found for whose it is, or the node; invalid-input for a node that gets nothing of it
 */
export async function checkedConfig(db: Db, { config, level, of, node }: ConfigCheck): Promise<ConfigChecked> {
  const carrier = level === 'site' || of !== null ? await carriers[level](db, of ?? '') : null
  const was = carrier && (await storedConfigFile(db, level, carrier.id))
  const { stored, ...notes } = lookedAt(level, config, was, await secretsFor(db, [config]))
  const result =
    node === null || stored === null ? null : await nodeConfig(db, node, { level, of: carrier, text: stored })
  return { ...notes, result }
}

/** A config-file in the place of the one that is stored. */
interface Instead {
  level: StoredConfigFile['level']
  /** null: of what is not there yet, which no node belongs to */
  of: { id: string; name: string } | null
  text: string
}

/** PURE: the config-files of a node, one of them another one. @throws ProblemError invalid-input when none of its is that one */
function withOther(
  files: readonly StoredConfigFile[],
  { level, of, text }: Instead,
  its: Readonly<Record<StoredConfigFile['level'], string | null>>,
): StoredConfigFile[] {
  if (of === null || its[level] !== (level === 'batch' || level === 'profile' ? of.name : of.id)) {
    const message = `is a node that gets nothing of this ${level}’s config-file; name one that does`
    throw new ProblemError('invalid-input', `body.node ${message}`, [{ path: 'body.node', message }])
  }
  return [...files.filter((file) => file.level !== level), { level, name: of.name, text }]
}

/**
 * What a node's config-files come to, were it provisioned now.
 * @param instead another one in the place of the one that is stored
 * @throws ProblemError not-found; invalid-input when the other one is none of the node's
 */
export async function nodeConfig(db: Db, ref: string, instead: Instead | null = null): Promise<NodeConfig> {
  const node = await nodeDetail(db, ref)
  const [stored, effective, site] = await Promise.all([
    configFilesOf(db, node.id),
    effectiveProfile(db, node.id),
    getSite(db),
  ])
  const profile = effective?.profile
  const its = { site: site.id, batch: node.batch, profile: profile?.name ?? null, node: node.id }
  const files = instead ? withOther(stored, instead, its) : stored
  const account = (await effectiveAccount(db, node.id, profile ?? {})) ?? null
  const nics = node.inventory?.nics ?? []
  const addons = profile?.addons ?? []
  const facts = { nodeName: node.name, nics, imageType: profile?.type ?? ('mutable' as const), account, addons }
  const workflow = profile?.workflow ?? null
  // which steps a stored workflow comes to is known when a run is made of it
  const unit = unitConfig(files, facts, {
    site,
    workflow: namesWorkflow(workflow) ? null : workflow,
    profile: profile ?? null,
    image: effective?.image ?? null,
    resolve: await secretsFor(
      db,
      files.map(({ text }) => text),
    ),
  })
  const doubts =
    site.orchestratorCa !== null && profile?.type === 'immutable' ? [trustDoubt('the site’s orchestratorCa')] : []
  if (!unit) return { ...nothing, warnings: [...(addons.length > 0 ? [noAddons(addons)] : []), ...doubts] }
  const shown = shownConfig(unit)
  return { ...shown, ...(files.length === 0 ? { config: null } : {}), warnings: [...shown.warnings, ...doubts] }
}
