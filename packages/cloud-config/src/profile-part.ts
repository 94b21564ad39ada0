import { parseDocument } from 'yaml'
import { z } from 'zod'
import { type CloudConfig, isMap } from './merge.ts'

/** Keys that we write ourselves; another form than a list would take our entries' place. */
const LISTS = ['users', 'write_files', 'runcmd', 'bootcmd']

/** cloud-init's module `power_state_change`: a shutdown of its own would overtake the report, so our script does it. */
const PowerState = z.object({
  mode: z.enum(['poweroff', 'halt', 'reboot']),
  /** minutes, or `now` */
  delay: z.union([z.literal('now'), z.number().int().nonnegative(), z.string().regex(/^\+?\d{1,6}$/)]).optional(),
  message: z.string().optional(),
  /** a shell command, or one in words, that must succeed */
  condition: z.union([z.boolean(), z.string(), z.array(z.coerce.string())]).optional(),
})
export type PowerState = z.infer<typeof PowerState>

/** A profile's own cloud-config, read as cloud-init reads it (YAML 1.1), or what is wrong with it. */
function parseCloudConfig(text: string): { written: CloudConfig } | { fault: string } {
  if (text.split(/\r?\n/, 1)[0]?.trimEnd() !== '#cloud-config')
    return { fault: 'must begin with the line #cloud-config' }
  const document = parseDocument(text, { version: '1.1' })
  const [error] = document.errors
  if (error) return { fault: `is not valid YAML: ${error.message.split('\n')[0]}` }
  let config: unknown
  try {
    config = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (cause) {
    return { fault: `is not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}` }
  }
  if (!isMap(config)) return { fault: 'must be a map of cloud-config keys' }
  for (const key of LISTS) {
    const value = config[key]
    if (value !== undefined && value !== null && !Array.isArray(value)) return { fault: `${key} must be a list` }
  }
  return { written: config }
}

/** A profile's own cloud-config as its units get it: without its `power_state`, with the module that leads to the report. */
export function readCloudConfig(
  text: string,
): { config: CloudConfig; powerState: PowerState | undefined } | { fault: string } {
  const read = parseCloudConfig(text)
  if ('fault' in read) return read
  const { power_state, cloud_init_modules: modules, ...rest } = read.written
  return {
    config: Array.isArray(modules) ? { ...rest, cloud_init_modules: withBootcmd(modules) } : rest,
    powerState: PowerState.safeParse(power_state).data,
  }
}

/** By itself bootcmd runs at every boot; with a frequency beside it, not. */
const withBootcmd = (modules: unknown[]): unknown[] =>
  modules.includes('bootcmd') ? modules : ['bootcmd', ...modules.filter((entry) => moduleOf(entry) !== 'bootcmd')]

/** The module of an entry in one of cloud-init's lists, with `_` for `-`. */
function moduleOf(entry: unknown): string {
  const name: unknown = Array.isArray(entry) ? entry[0] : isMap(entry) ? entry.name : entry
  return String(name).replaceAll('-', '_')
}

/** Modules by the list that should have them, and what a unit goes without when the profile's list does not. */
const NEEDED: [list: string, module: string, without: string][] = [
  ['cloud_init_modules', 'write_files', 'files of the site (proxy, time servers) and write_files'],
  ['cloud_init_modules', 'users_groups', 'the account'],
  ['cloud_init_modules', 'ssh', 'host keys of its own and SSH keys'],
  ['cloud_init_modules', 'set_hostname', 'its host name'],
  ['cloud_config_modules', 'set_passwords', 'the password'],
  ['cloud_config_modules', 'runcmd', 'runcmd'],
  ['cloud_final_modules', 'scripts_user', 'runcmd'],
]

/**
 * What a profile's own cloud-config says in vain or does without, as sentences; empty for one that is faulty. Nothing
 * of it keeps a unit from reporting itself.
 */
export function cloudConfigWarnings(document: string): string[] {
  const read = parseCloudConfig(document)
  if ('fault' in read) return []
  const config = read.written
  const early = config.cloud_init_modules
  const lacking = NEEDED.filter(([list, module]) => {
    const modules = config[list]
    return Array.isArray(modules) && !modules.map(moduleOf).includes(module)
  })
  return [
    ...(Array.isArray(early) && !early.includes('bootcmd')
      ? ['cloud_init_modules leaves out bootcmd, by which a unit reports itself: it is put in front']
      : []),
    ...lacking.map(([list, module, without]) => `${list} leaves out ${module}: a unit goes without ${without}`),
    ...('datasource_list' in config || 'datasource' in config
      ? ['datasource_list and datasource have no effect here: cloud-init has found its seed before it reads them']
      : []),
    ...('network' in config
      ? ['network has no effect here: cloud-init sets up the network before it reads it; use networkConfig']
      : []),
    ...('power_state' in config ? ['power_state is done when the server has the report, not before'] : []),
    ...(document.includes('cloud-init.disabled')
      ? [
          'cloud-init.disabled keeps a unit from reporting itself at a later boot, should the first report not get through',
        ]
      : []),
  ]
}

/**
 * What is wrong with a profile's own cloud-config, as a sentence that follows the field's name, or null.
 * For the API's check of `cloudConfig`.
 */
export function cloudConfigFault(text: string): string | null {
  const read = parseCloudConfig(text)
  if ('fault' in read) return read.fault
  const { cloud_init_modules: modules, power_state } = read.written
  if (modules && !Array.isArray(modules)) return 'cloud_init_modules must be a list'
  const [issue] = PowerState.nullish().safeParse(power_state).error?.issues ?? []
  return issue ? `power_state is not as cloud-init takes it: ${[...issue.path, issue.message].join(' ')}` : null
}
