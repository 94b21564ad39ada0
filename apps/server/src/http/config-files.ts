import type { BulkInput, ConfigLevel } from '@eims/contracts'
import { type Db, type ReadyConfigs, storedConfigFile } from '@eims/registry'
import { storableConfig } from '../engine/edge-config.ts'
import { secretsFor } from '../engine/secrets.ts'

/**
 * The body of a request with its config-file as it is stored; one without stays as it is.
 * @param id of what carries it; null: it is not there yet
 * @throws ProblemError invalid-input with every mistake of the config-file
 */
export async function withStorable<B extends { config?: string | null | undefined }>(
  db: Db,
  level: ConfigLevel,
  id: string | null,
  body: B,
): Promise<B> {
  if (typeof body.config !== 'string') return body
  const stored = id === null ? null : await storedConfigFile(db, level, id)
  return { ...body, config: storableConfig(level, body.config, stored, await secretsFor(db, [body.config])) }
}

/**
 * A bulk action with the config-file that it sets on many nodes as it is stored.
 * @throws ProblemError invalid-input with every mistake; an address of its own, and *** in the place of a secret, are some
 */
export async function withStorableSet(db: Db, input: BulkInput): Promise<BulkInput> {
  const { set } = input
  if (typeof set?.config !== 'string') return input
  const resolve = await secretsFor(db, [set.config])
  // as a batch's, it is many machines'
  return { ...input, set: { ...set, config: storableConfig('batch', set.config, null, resolve, 'body.set.config') } }
}

/** Makes config-files of many ready to be stored, equal ones once. */
export const readyConfigs: ReadyConfigs = async (db, texts) => {
  const resolve = await secretsFor(db, texts)
  const made = new Map<string, string>()
  return (level, text, stored) => {
    const key = JSON.stringify([level, text, stored])
    const ready = made.get(key) ?? storableConfig(level, text, stored, resolve)
    made.set(key, ready)
    return ready
  }
}
