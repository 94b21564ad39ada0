import { type ConfigLevel, ProblemError, withHiddenSecrets, withRemedy } from '@eims/contracts'
import { type EdgeConfig, type Note, type ReadContext, type Resolve, sha512Crypt, writeConfig } from '@eims/edge-config'
import { crypt, placeOf, readAt, type UnitConfig } from '@eims/unit-plan'

/** A password that is stored already keeps its hash: the same file, sent again, is the same. */
function keeping(stored: EdgeConfig | null): ReadContext['crypt'] {
  return (password, username) => {
    const { passwordHash = '' } = stored?.operatingSystem.users?.find((user) => user.username === username) ?? {}
    const salt = /^\$6\$([./0-9A-Za-z]{1,16})\$/.exec(passwordHash)?.[1]
    return salt !== undefined && sha512Crypt(password, salt) === passwordHash ? passwordHash : crypt(password)
  }
}

/**
 * A config-file as it is to be stored.
 * @param stored what is stored in its place so far: *** stands for its secrets
 * @param resolve what its `contentFrom.secret` names
 * @param path of the field that it is given in
 * @throws ProblemError invalid-input with every mistake
 */
export function storableConfig(
  level: ConfigLevel,
  given: string,
  stored: string | null,
  resolve: Resolve,
  path = 'body.config',
): string {
  const was = stored === null ? null : readAt(level, stored).config
  const { config, mistakes } = readAt(level, given, { stored: was, resolve, crypt: keeping(was) })
  if (config) return writeConfig(config)
  const fields = mistakes.map((mistake) => ({ path, message: inWords(mistake) }))
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  throw new ProblemError('invalid-input', `${path} ${fields[0]?.message ?? ''}${more}`, fields)
}

/** Any hash will do for a look: it is shown as ***, and takes its time to make. */
const SOME_HASH = `$6$look$${'.'.repeat(86)}`

/**
 * A config-file as a person looks at it before it is stored.
 * @returns `stored`: as it would be stored, but for the hashes of its passwords; null when there are mistakes
 */
export function lookedAt(level: ConfigLevel, given: string, stored: string | null, resolve: Resolve) {
  const was = stored === null ? null : readAt(level, stored).config
  const { config, mistakes, warnings } = readAt(level, given, { stored: was, resolve, crypt: () => SOME_HASH })
  return { mistakes, warnings, stored: config && writeConfig(config) }
}

const inWords = (mistake: Note) => `${placeOf(mistake)}: ${withRemedy(mistake)}`

/** As a person is shown it. */
export const shownConfig = (unit: UnitConfig) => ({
  config: withHiddenSecrets(writeConfig(unit.config)),
  from: unit.from,
  fromSecrets: unit.fromSecrets,
  warnings: unit.warnings,
  cluster: unit.cluster,
  kernelArguments: unit.kernelArguments,
  bootOrder: unit.bootOrder,
  addons: unit.addons,
})
