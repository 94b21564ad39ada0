import { readConfig } from '@eims/edge-config'
import { noteLines } from './edge-config/file.ts'
import { tell } from './edge-config/verb.ts'
import { readText } from './ssh-keys.ts'

/** `--config` of what can carry a config-file. */
export const configFlag = {
  config: {
    type: 'string',
    value: 'FILE',
    says: 'config-file (YAML) with users, proxy, network, files, commands and cluster of its units ("" for none)',
  },
} as const

/** What is sent for it: null clears. Its warnings are told; mistakes are the server's to tell. @throws Refusal for no file */
export function configGiven(file: string | undefined): string | null | undefined {
  if (file === undefined) return undefined
  if (file === '') return null
  const text = readText(file)
  tell(noteLines(file, 'warning', readConfig(text, { crypt: () => '', resolve: () => '', now: Date.now() }).warnings))
  return text
}
