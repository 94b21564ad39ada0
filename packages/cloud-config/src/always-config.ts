import type { CloudConfig } from './merge.ts'

/** What cloud-init's modules of every boot go by (PER_ALWAYS in 22.4 and 25.1), and which modules those are. */
const ALWAYS = [
  'growpart',
  'resize_rootfs',
  'preserve_hostname',
  'updates',
  'cloud_init_modules',
  'cloud_config_modules',
  'cloud_final_modules',
]

/**
 * PURE: what a standalone unit needs of its cloud-config at later boots, when its user-data is empty. As vendor data it gives
 * way to user-data key by key, so it counts for nothing before. Without a profile's list of modules the image's own would
 * count, and a module that the first boot left out would be done in the second one: `ssh` makes new host keys.
 * @param edge  of the config-file
 * @param own  of the profile, whose `bootcmd` is for every boot, too
 */
export function alwaysConfig(edge: CloudConfig, own: CloudConfig): CloudConfig {
  const part = (config: CloudConfig, keys: string[]) =>
    Object.fromEntries(Object.entries(config).filter(([key, value]) => keys.includes(key) && value !== null))
  return { ...part(edge, ALWAYS), ...part(own, [...ALWAYS, 'bootcmd']) }
}
