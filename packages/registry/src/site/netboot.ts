import type { AdmissionFacts, SecureBoot } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'

/** A node that the boot services answer otherwise than the rest. */
export interface NetbootException extends AdmissionFacts {
  /** its own boot file */
  bootFile: string | null
  /** its own word about the signed chain */
  secureBoot: SecureBoot | null
  manufacturer: string | null
  product: string | null
  /** `52:54:00:aa:00:01` */
  macs: string[]
  /** as `canonicalUuid` gives them */
  uuids: string[]
}

/** So many are kept at hand; beyond it the ones that are kept out come first, so that none of those is missed. */
const KEPT = 50_000

/** As in the index node_netboot_exception, word by word: with anything else in it, every node would be read. */
const byThemselves = Prisma.sql`netboot_policy <> 'allowed' or state = 'UNTRUSTED' or boot_file is not null or secure_boot is not null`

/**
 * The few nodes that are not simply answered: kept out by policy or distrust, with a boot file or a word about Secure Boot of their own, or of
 * a product that the site has one for.
 * @param products patterns in which `*` stands for anything, compared without case
 */
export async function netbootExceptions(db: Db, products: readonly string[] = []): Promise<NetbootException[]> {
  const whole = products.filter((product) => !product.includes('*')).map((product) => product.toLowerCase())
  const patterns = products
    .filter((product) => product.includes('*'))
    .map((product) => product.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%'))
  // Whole names, which is what this server remembers of models, are found by the index node_product; patterns read every node.
  const byName = Prisma.sql`
    union select id from node where product is not null
      and lower(product) = any (${whole}::text[])`
  const byPattern = Prisma.sql`union select id from node where product ilike any (${patterns}::text[])`
  const byProduct = Prisma.sql`${whole.length === 0 ? Prisma.empty : byName} ${patterns.length === 0 ? Prisma.empty : byPattern}`
  return db.$queryRaw<NetbootException[]>`
    select n.name, n.state, n.netboot_policy as "netbootPolicy", n.boot_file as "bootFile",
           n.secure_boot as "secureBoot", n.manufacturer, n.product,
           coalesce(array_agg(i.value order by i.id) filter (where i.kind = 'mac'), '{}') as macs,
           coalesce(array_agg(i.value order by i.id) filter (where i.kind = 'uuid'), '{}') as uuids
      from (select id from node where ${byThemselves} ${byProduct}) as those
      join node n on n.id = those.id
      left join node_identifier i on i.node_id = n.id and i.kind in ('mac', 'uuid')
     group by n.id
     order by (n.netboot_policy = 'allowed' and n.state <> 'UNTRUSTED'), (n.boot_file is null and n.secure_boot is null), n.id
     limit ${KEPT}::bigint`
}
