import { z } from 'zod'
import { BootOrder } from './boot-order.ts'
import { named } from './component.ts'
import { HIDDEN_SECRET, withHiddenPassword } from './hidden-secret.ts'
import { PlacedNote } from './placed-note.ts'

/** UTF-16 units of a config-file: cloud-init's seed and a row of the registry hold it easily. */
export const MOST_CONFIG_FILE = 128 * 1024

/**
 * The config-file (YAML) of standalone edge nodes: users, proxy, network, files, commands, cluster. It is kept in one
 * spelling and without its comments, passwords as hashes. Replies show *** for these and for passwords of proxies; sent
 * back, the stored ones stay.
 */
export const ConfigFile = z.string().max(MOST_CONFIG_FILE)

/** What can carry a config-file, from what is said of all units to what is said of one. */
export const ConfigLevel = z.enum(['site', 'batch', 'profile', 'node'])
export type ConfigLevel = z.infer<typeof ConfigLevel>

/** It may stand in quotes, and holds none itself. */
const PROXY = /(?<=^ {4}\w+Proxy: "?)[^"\s]+/gm
const HASH = /^( {6}passwordHash: )\S+$/gm

/**
 * PURE: a stored config-file as replies show it. Text that lies deeper or after operatingSystem, of files above all, stays
 * as it is.
 */
export function withHiddenSecrets(stored: string): string {
  const end = /^kubernetes:/m.exec(stored)?.index ?? stored.length
  const shown = stored.slice(0, end).replace(HASH, `$1"${HIDDEN_SECRET}"`).replace(PROXY, withHiddenPassword)
  return shown + stored.slice(end)
}

/** What a node's OS is set up with: of each key the most specific of its config-files. */
export const NodeConfig = z.object({
  /** YAML as config-files are; null: none of them says anything */
  config: z.string().nullable(),
  /** where each key comes from: `operatingSystem.proxy`, `kubernetes` */
  from: z.array(
    z.object({
      key: z.string(),
      level: ConfigLevel,
      /** of that site, batch, profile or node */
      name: z.string(),
    }),
  ),
  /** sentences about what is read otherwise than it stands there, is not done, or cannot be on the profile's image */
  warnings: z.array(z.string()),
  /** files whose content is of a secret */
  fromSecrets: z.array(z.object({ path: z.string(), name: z.string(), key: z.string() })),
  /** that its unit becomes the one node of; null: none */
  cluster: z
    .object({
      /** a config-file says so; or only the image, which carries K3s where no config-file says anything of a cluster */
      by: z.enum(['config-file', 'image']),
      /** of the image's K3s; null: it is not known */
      k3sVersion: z.string().nullable(),
    })
    .nullable(),
  /** words of the OS's kernel command line */
  kernelArguments: z.array(z.string()),
  bootOrder: BootOrder.nullable(),
  /** names of the sets of addons that it gets */
  addons: z.array(z.string()),
})
export type NodeConfig = z.infer<typeof NodeConfig>

/** A config-file before it is stored, and whose it is to be. */
export const ConfigCheck = z.strictObject({
  config: ConfigFile,
  level: ConfigLevel,
  /** id or name of that batch, profile or node, whose stored secrets *** stands for; null: the site, or one that is not there yet */
  of: z.string().trim().min(1).max(128).nullable().default(null),
  /** the node that it is looked at on; null: none */
  node: z.string().trim().min(1).max(128).nullable().default(null),
})
export type ConfigCheck = z.infer<typeof ConfigCheck>

/** What is wrong with a config-file, and what it would come to. */
export const ConfigChecked = z.object({
  mistakes: z.array(PlacedNote),
  /** what is read otherwise than it is written, or does nothing */
  warnings: z.array(PlacedNote),
  /** what the node would be set up with; null: no node was named, or there are mistakes */
  result: NodeConfig.nullable(),
})
export type ConfigChecked = z.infer<typeof ConfigChecked>

/** JSON Schema, draft 2020-12. */
export const ConfigSchema = z.record(z.string(), z.unknown())

named({ ConfigCheck, ConfigChecked, ConfigLevel, NodeConfig })
