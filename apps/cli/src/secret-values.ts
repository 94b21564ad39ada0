import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { MOST_SECRET_VALUE, SecretKey, SecretName } from '@eims/contracts'
import type { Resolve } from '@eims/edge-config'
import { Refusal } from './refusal.ts'

/** The flag of verbs that read config-files without a server. */
export const secretFlag = {
  secret: {
    type: 'string',
    multiple: true,
    value: 'NAME/KEY=@FILE',
    says: 'what the server would hold for `contentFrom.secret`',
  },
} as const

/**
 * What `KEY=@FILE` and `KEY=-` (standard input) say; a value itself would stand in the list of processes and in the
 * shell's history.
 * @throws Refusal
 */
export function givenValues(words: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const word of words) {
    const [, key = '', source = ''] = /^([^=]*)=(@.+|-)$/s.exec(word) ?? []
    if (source === '')
      throw new Refusal(
        'write KEY=@FILE, or KEY=- for standard input; a value on the command line is seen by others',
        2,
      )
    if (Object.hasOwn(values, key)) throw new Refusal(`${key} is given twice`, 2)
    if (source === '-' && words.filter((each) => each.endsWith('=-')).length > 1)
      throw new Refusal('standard input can be one value only', 2)
    values[key] = source === '-' ? textOf(0, `standard input (${key})`) : textOf(source.slice(1))
  }
  return values
}

/**
 * What `--secret` says, as config-files are read with it.
 * @returns undefined for what is not given
 * @throws Refusal
 */
export function givenSecrets(flags: readonly string[] = []): Resolve {
  const given = new Map<string, string>()
  for (const flag of flags) {
    const [, name = '', key = '', path = ''] = /^([^/=]+)\/([^=]+)=@(.+)$/s.exec(flag) ?? []
    if (!SecretName.safeParse(name).success || !SecretKey.safeParse(key).success)
      throw new Refusal('--secret is NAME/KEY=@FILE', 2)
    given.set(`${name}/${key}`, textOf(path))
  }
  return (name, key) => given.get(`${name}/${key}`)
}

/** @param file its path, or a file descriptor. @throws Refusal, which quotes nothing of it */
function textOf(file: string | 0, called = String(file)): string {
  const size = file === 0 ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  const tooLarge = () => new Refusal(`${called} has more than ${MOST_SECRET_VALUE} bytes`)
  if (size > MOST_SECRET_VALUE) throw tooLarge()
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new Refusal(`${called} cannot be read: ${(error as Error).message}`)
  }
  if (bytes.length > MOST_SECRET_VALUE) throw tooLarge()
  if (!isUtf8(bytes) || bytes.includes(0))
    throw new Refusal(`${called} is no text: give its base64, and the file of the config-file "encoding: base64"`)
  return bytes.toString('utf8')
}
