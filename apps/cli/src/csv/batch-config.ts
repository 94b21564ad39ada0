import { type Client, unlessMissing } from '@eims/contracts'
import { readConfig } from '@eims/edge-config'
import { configGiven } from '../config-flag.ts'
import { noteLines } from '../edge-config/file.ts'
import { Refusal } from '../refusal.ts'

/**
 * The config-file that a batch is to have, read and looked at.
 * @throws Refusal with every mistake that can be found without the server, and without a batch
 */
export function batchConfig(file: string, batch: string | undefined): string | null {
  if (!batch) throw new Refusal('--config is the batch’s: give --batch, too', 2)
  const config = configGiven(file) ?? null
  if (config === null) return null
  const { mistakes } = readConfig(config, { crypt: () => '', resolve: () => '', of: 'many', now: Date.now() })
  if (mistakes.length > 0) throw new Refusal(`${file} has mistakes:`, 1, noteLines(file, 'mistake', mistakes))
  return config
}

/** Gives a batch its config-file, and makes it when it is new: before its machines come, which may be installed at once. */
export async function setBatchConfig(client: Client, batch: string, config: string | null): Promise<void> {
  const params = { id: batch }
  const was = await client('getBatch', { params }).catch(unlessMissing)
  if (!was) return void (await client('addBatch', { body: { name: batch, config } }))
  const { name, expected, note } = was
  await client('putBatch', { params, body: { name, expected, note, config } })
}
