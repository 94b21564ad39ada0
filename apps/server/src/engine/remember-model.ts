import { isPlaceholderManufacturer, MOST_SECURE_BOOT_MODELS, type Site, worded } from '@eims/contracts'
import { audit, getSite, lockRow, patchSite } from '@eims/registry'
import { modelOf } from '../signed-chain.ts'
import type { Engine } from './engine.ts'

type Models = Site['secureBootModels']

/** A machine whose agent runs with Secure Boot on, by the signed chain, after its firmware had refused iPXE. */
export interface ProvenMachine {
  nodeId: string
  node: string
  mac: string | null
  manufacturer?: string | undefined
  product?: string | undefined
}

/**
 * PURE: the site's models with the one of this machine, so that the next of them loses no time by the refusal. Null where
 * nothing is to be remembered: a line speaks of the model already, or SMBIOS does not say what it is, or says it with a `*`. Where there is no room
 * the longest remembered one makes some; never one that a person set.
 */
export function withModel(models: Models, { node, manufacturer, product }: ProvenMachine, at: string): Models | null {
  const named = (text: string | undefined) =>
    text?.trim() && !isPlaceholderManufacturer(text) ? text.trim().slice(0, 256) : null
  const is = { manufacturer: named(manufacturer), product: named(product) }
  if (is.product === null || modelOf(is, models)) return null
  // a machine says itself what it is, and a line with `*` would speak of others as well
  if (is.product.includes('*') || is.manufacturer?.includes('*')) return null
  const learned: Models[number] = {
    product: is.product,
    ...(is.manufacturer === null ? {} : { manufacturer: is.manufacturer }),
    secureBoot: 'on',
    learned: { node, at },
  }
  if (models.length < MOST_SECURE_BOOT_MODELS) return [...models, learned]
  const oldest = models
    .filter((model) => model.learned !== undefined)
    .reduce<Models[number] | null>((a, b) => (a && a.learned!.at <= b.learned!.at ? a : b), null)
  return oldest && [...models.filter((model) => model !== oldest), learned]
}

/** Writes the model of such a machine down, with a line in the audit log and one on the machine's timeline. */
export async function rememberModel(
  { registry, siteId, sink }: Pick<Engine, 'registry' | 'siteId' | 'sink'>,
  machine: ProvenMachine,
  now: Date,
): Promise<void> {
  const remembered = await registry.transaction(async (tx) => {
    await lockRow(tx, 'site', siteId)
    const { secureBootModels: before } = await getSite(tx)
    const secureBootModels = withModel(before, machine, now.toISOString())
    if (secureBootModels === null) return false
    const of = await patchSite(tx, { secureBootModels })
    const told = { before: { secureBootModels: before }, after: { secureBootModels } }
    await audit(tx, { actor: 'eims', action: 'site.change', of, ...told })
    return true
  })
  const { nodeId, mac, product } = machine
  if (remembered) sink.record(worded({ kind: 'agent.model-remembered', nodeId, mac, data: { product } }))
}
