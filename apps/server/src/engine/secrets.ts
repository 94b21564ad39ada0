import { ProblemError, type Secret } from '@eims/contracts'
import { type Resolve, readConfig } from '@eims/edge-config'
import { configFilesHolding, type Db, secretValues } from '@eims/registry'

const MOST_NAMED = 5

/** PURE: the keys of secrets that config-files name. */
function secretsNamedIn(texts: readonly string[]): { name: string; key: string }[] {
  const named: { name: string; key: string }[] = []
  const resolve: Resolve = (name, key) => void named.push({ name, key })
  for (const text of texts) if (/contentFrom/i.test(text)) readConfig(text, { crypt: () => '', resolve })
  return named
}

/** What the secrets hold that config-files name. In a transaction these stay as they are until it ends. */
export async function secretsFor(db: Db, texts: readonly string[]): Promise<Resolve> {
  const names = new Set(secretsNamedIn(texts).map(({ name }) => name))
  const values = await secretValues(db, [...names])
  return (name, key) => values.get(name)?.get(key) ?? null
}

/**
 * Refuses to take away keys of a secret that config-files name.
 * @throws ProblemError in-use, with the first that do
 */
export async function checkUnused(db: Db, { name, keys }: Pick<Secret, 'name' | 'keys'>): Promise<void> {
  const gone = new Set(keys.map(({ key }) => key))
  const users: string[] = []
  for await (const file of configFilesHolding(db, name)) {
    if (!secretsNamedIn([file.text]).some((each) => each.name === name && gone.has(each.key))) continue
    users.push(`${file.level} ${file.name}`)
    if (users.length === MOST_NAMED) break
  }
  if (users.length > 0)
    throw new ProblemError('in-use', `Secret ${name} is named by the config-file of ${users.join(', ')}.`)
}
