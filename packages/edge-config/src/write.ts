import { stringify } from 'yaml'
import type { EdgeConfig } from './config.ts'

/** A config-file as text; what it holds and no more, in one spelling and without comments. */
export function writeConfig({ operatingSystem, kubernetes }: EdgeConfig): string {
  const whole = { version: '1.0', operatingSystem, ...(kubernetes ? { kubernetes: kubernetes.source } : {}) }
  return stringify(whole, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })
}
