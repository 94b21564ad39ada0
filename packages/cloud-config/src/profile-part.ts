import { parseDocument } from 'yaml'
import { type CloudConfig, isMap } from './merge.ts'

/** Keys that we write ourselves; another form than a list would take our entries' place. */
const LISTS = ['users', 'write_files', 'runcmd']

/** A profile's own cloud-config, read as cloud-init reads it (YAML 1.1), or what is wrong with it. */
export function readCloudConfig(text: string): { config: CloudConfig } | { fault: string } {
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
  return { config }
}

/**
 * What is wrong with a profile's own cloud-config, as a sentence that follows the field's name, or null.
 * For the API's check of `cloudConfig`.
 */
export function cloudConfigFault(text: string): string | null {
  const read = readCloudConfig(text)
  return 'fault' in read ? read.fault : null
}
