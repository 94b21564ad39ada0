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

/** A profile's own cloud-config, read as cloud-init reads it (YAML 1.1) and without its `power_state`, or what is wrong with it. */
export function readCloudConfig(
  text: string,
): { config: CloudConfig; powerState: PowerState | undefined } | { fault: string } {
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
  const modules = modulesIn(config, 'cloud_init_modules')
  if (modules && !modules.includes('bootcmd'))
    return { fault: 'cloud_init_modules must have bootcmd: without it no unit could report itself' }
  const { power_state, ...rest } = config
  const powerState = PowerState.optional().safeParse(power_state ?? undefined)
  if (!powerState.success) {
    const [issue] = powerState.error.issues
    return { fault: `power_state is not as cloud-init takes it: ${issue?.path.join('.')} ${issue?.message}` }
  }
  return { config: rest, powerState: powerState.data }
}

/** The modules that a list of cloud-init's names, each with `_` for `-`; null: the config has no such list. */
function modulesIn(config: CloudConfig, key: string): string[] | null {
  const list = config[key]
  if (list === undefined || list === null) return null
  if (!Array.isArray(list)) return []
  return list.map((entry) => {
    const name: unknown = Array.isArray(entry) ? entry[0] : isMap(entry) ? entry.name : entry
    return String(name).replaceAll('-', '_')
  })
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
export function cloudConfigWarnings(text: string): string[] {
  const read = readCloudConfig(text)
  if ('fault' in read) return []
  const { config, powerState } = read
  const lacking = NEEDED.filter(([list, module]) => modulesIn(config, list)?.includes(module) === false)
  return [
    ...lacking.map(([list, module, without]) => `${list} leaves out ${module}: a unit goes without ${without}`),
    ...('datasource_list' in config || 'datasource' in config
      ? ['datasource_list and datasource have no effect here: cloud-init has found its seed before it reads them']
      : []),
    ...('network' in config
      ? ['network has no effect here: cloud-init sets up the network before it reads it; use networkConfig']
      : []),
    ...(powerState ? ['power_state is done when the server has the report, not before'] : []),
    ...(text.includes('cloud-init.disabled')
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
  const read = readCloudConfig(text)
  return 'fault' in read ? read.fault : null
}
