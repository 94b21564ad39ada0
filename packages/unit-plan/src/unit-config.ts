import { randomBytes } from 'node:crypto'
import {
  addsPartition,
  type ConfigLevel,
  type Image,
  knownK3s,
  type NodeConfig,
  ProblemError,
  type Profile,
  type ProfileWorkflow,
  type Reason,
  type Site,
  withRemedy,
} from '@eims/contracts'
import {
  clusterOf,
  type EdgeConfig,
  type Facts,
  INSTALLER_MINUTES,
  mergeLevels,
  type Note,
  type ReadContext,
  type Rendered,
  type Resolve,
  readConfig,
  renderConfig,
  saltOf,
  setsUpK3s,
  sha512Crypt,
  type Unmet,
  unmetBy,
} from '@eims/edge-config'

/** A config-file as it is stored: what was read without a mistake, passwords as hashes. */
export interface StoredConfig {
  level: ConfigLevel
  /** of whose it is */
  name: string
  text: string
}

/** A password as its hash, with a salt of its own. */
export const crypt = (password: string) => sha512Crypt(password, saltOf(randomBytes(16)))

/** Reads a config-file as what carries it may have one. */
export const readAt = (level: ConfigLevel, text: string, more: Partial<ReadContext> = {}) =>
  readConfig(text, { crypt, now: Date.now(), of: level === 'node' ? 'node' : 'many', ...more })

/** Where a mistake in a config-file stands, for a person. */
export const placeOf = ({ line, column, path }: Note) => `line ${line}, column ${column}${path ? `, ${path}` : ''}`

/** What a site tells all units. */
export type SiteFacts = Pick<Site, 'bootOrder' | 'httpProxy' | 'noProxy' | 'ntpServers' | 'orchestratorCa'>

export interface UnitConfig extends Rendered {
  config: EdgeConfig
  from: { key: string; level: ConfigLevel; name: string }[]
  warnings: string[]
  cluster: NodeConfig['cluster']
  /** what its image lacks for it */
  unmet: Unmet[]
  /** the site without what its units have otherwise by their config-files */
  site: SiteFacts
}

/** What a unit's config-files come to something on. */
export interface UnitContext {
  site: SiteFacts
  /** its own steps; null: the built-in plan, or steps that are not known yet */
  workflow: ProfileWorkflow | null
  /** null: it gets none */
  profile: Pick<Profile, 'name' | 'cloudConfig' | 'workflow' | 'phoneHomeTimeout'> | null
  image: Pick<Image, 'name' | 'facts' | 'k3sVersion'> | null
  /** what `contentFrom.secret` of its files names */
  resolve: Resolve
}

/** The K3s of a unit's image, as far as it counts: what sets K3s up by itself is left alone. */
function k3sOf({ image, profile, workflow }: UnitContext) {
  const known = image ? knownK3s(image) : { has: 'unknown' as const, version: null }
  if ([profile?.cloudConfig ?? '', JSON.stringify(workflow)].some(setsUpK3s))
    return { ...known, has: 'unknown' as const }
  // steps of a profile's own may put there what the image lacks
  return known.has === 'no' && profile?.workflow ? { ...known, has: 'unknown' as const } : known
}

/**
 * What a unit's config-files, and the K3s that its image carries, come to; null: to nothing.
 * @throws ProblemError wrong-state when what is stored cannot be read, which another version may have let in, or a secret
 * that it names is gone
 */
export function unitConfig(
  files: readonly StoredConfig[],
  of: Omit<Facts, 'siteProxy' | 'imageK3s'>,
  context: UnitContext,
): UnitConfig | null {
  const { site, workflow } = context
  const k3s = k3sOf(context)
  if (files.length === 0 && k3s.has !== 'yes') return null
  const given: Partial<Record<ConfigLevel, EdgeConfig>> = {}
  const warnings: string[] = []
  for (const { level, name, text } of files) {
    const gone: { secret: string; key: string }[] = []
    const noting: Resolve = (secret, key) => {
      const found = context.resolve(secret, key)
      if (found === null) gone.push({ secret, key })
      return found
    }
    const { config, mistakes, warnings: said } = readAt(level, text, { resolve: noting, imageVersion: k3s.version })
    if (gone[0]) throw new ProblemError('wrong-state', { code: 'secret-missing', slots: { level, name, ...gone[0] } })
    if (!config)
      throw new ProblemError('wrong-state', {
        code: 'config-unreadable',
        // What stands there may be secret, and viewers read this.
        slots: { level, name, places: mistakes.map(placeOf).join('; ').slice(0, 1000) },
      })
    given[level] = config
    warnings.push(...said.map(({ path, sentence }) => `${level} ${name}: ${path} ${sentence}`))
  }
  const { config, from } = mergeLevels(given)
  const { httpProxy, noProxy } = site
  const facts: Facts = { ...of, imageK3s: k3s.has, siteProxy: httpProxy ? { httpProxy, noProxy } : null }
  const rendered = renderConfig(config, facts)
  const by = clusterOf(config, facts)?.by
  const unmet = unmetBy(config, facts)
  if (rendered.kernelArguments.length > 0 && workflow)
    warnings.push('operatingSystem.hugePages is done only where the profile’s own workflow sets kernel arguments')
  const { timeoutMinutes = INSTALLER_MINUTES } = config.operatingSystem.installer ?? {}
  const patience = context.profile?.phoneHomeTimeout
  if (config.operatingSystem.installer && patience !== undefined && timeoutMinutes * 60 >= patience)
    warnings.push(
      `operatingSystem.installer may take ${timeoutMinutes} minutes, and profile ${context.profile?.name} gives the whole first boot ${patience} seconds (phoneHomeTimeout)`,
    )
  if (rendered.addons.length > 0 && workflow && !addsPartition(workflow))
    warnings.push(
      `the addons ${rendered.addons.join(', ')} are not put on the unit: the profile’s own workflow has no seed`,
    )
  const nameOf = new Map(files.map(({ level, name }) => [level, name]))
  return {
    ...rendered,
    config,
    from: Object.entries(from).map(([key, level]) => ({ key, level, name: nameOf.get(level) ?? '' })),
    warnings: [...warnings, ...rendered.told, ...unmet.map(withRemedy)],
    cluster: by ? { by, k3sVersion: k3s.version } : null,
    unmet,
    site: { ...site, httpProxy: null, ntpServers: config.operatingSystem.ntpServers ? [] : site.ntpServers },
  }
}

/** The same; what cannot be read, or cannot be on its image, is a reason to wait. */
export function unitOrReason(...of: Parameters<typeof unitConfig>): UnitConfig | { reason: Reason } | null {
  const [, , { profile, image }] = of
  try {
    const unit = unitConfig(...of)
    const [first] = unit?.unmet ?? []
    if (!first) return unit
    const slots = { profile: profile?.name ?? '', image: image?.name ?? '', needs: first.need }
    return { reason: { code: 'config-unfit', slots } }
  } catch (error) {
    const reason = error instanceof ProblemError ? error.reason : null
    if (reason?.code === 'config-unreadable' || reason?.code === 'secret-missing') return { reason }
    throw error
  }
}
