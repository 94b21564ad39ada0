import { createHash } from 'node:crypto'
import {
  Addon,
  Batch,
  HeldNode,
  Image,
  Node,
  NodeDetail,
  ProblemError,
  PublicAccount,
  PublicKey,
  PublicProfile,
  Secret,
  Site,
  Webhook,
  Workflow,
} from '@eims/contracts'
import {
  type Db,
  getAccount,
  getAddon,
  getBatch,
  getImage,
  getKey,
  getNode,
  getProfile,
  getSecret,
  getSite,
  getWebhook,
  getWorkflow,
  lockRow,
} from '@eims/registry'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { MOST_IF_MATCH } from './headers.ts'

interface Resource {
  reply: z.ZodType
  /** what changes by itself, such as when a machine was last heard: it makes no change of a person's stale */
  volatile: readonly string[]
  read: (db: Db, ref: string) => Promise<{ id: string }>
}

/** What a node waits for is no part of its tag, so it is not judged for it. */
const storedNode = async (db: Db, ref: string): Promise<Node> => ({ ...(await getNode(db, ref)), waiting: null })

const OF_MACHINE = [
  ...([
    'provisional',
    'state',
    'desired',
    'status',
    'waiting',
    'instance',
    'installed',
    'run',
    'inventory',
    'medium',
    'lastSeenAt',
  ] as const),
  // Of one node alone, and no part of what a PATCH changes, or in the tag by its digest; a Hardware is applied as a whole.
  ...(['claimedMac', 'config', 'hardware', 'warnings'] as const),
]

const resources = {
  site: { reply: Site, volatile: [], read: (db) => getSite(db) },
  image: { reply: Image, volatile: ['progress', 'facts', 'warnings'], read: getImage },
  profile: { reply: PublicProfile, volatile: ['isDefault', 'warnings'], read: getProfile },
  workflow: { reply: Workflow, volatile: ['reports', 'profiles'], read: getWorkflow },
  addon: { reply: Addon, volatile: ['profiles'], read: getAddon },
  batch: { reply: Batch, volatile: ['counts', 'pace'], read: getBatch },
  account: { reply: PublicAccount, volatile: [], read: getAccount },
  secret: { reply: Secret, volatile: [], read: getSecret },
  node: { reply: Node, volatile: OF_MACHINE, read: storedNode },
  webhook: {
    reply: Webhook,
    volatile: [
      'cursor',
      'backlog',
      'attempts',
      'failingSince',
      'lastFailure',
      'lastFailureAt',
      'lastSuccessAt',
      'givenUpAt',
    ],
    read: getWebhook,
  },
  credential: { reply: PublicKey, volatile: ['usedAt'], read: getKey },
} as const satisfies Record<string, Resource>

const volatileOf = new Map<z.ZodType, readonly string[]>([
  [NodeDetail, OF_MACHINE],
  [HeldNode, [...OF_MACHINE, 'before']],
  ...Object.values(resources).map(({ reply, volatile }) => [reply, volatile] as const),
])

/** Whether such a reply is a single resource, which has an ETag. */
export const isTagged = (schema: z.ZodType) => volatileOf.has(schema)

/** The ETag of a thing as it was read; undefined for what is no single resource. */
export const etagOf = (schema: z.ZodType, value: () => unknown): string | undefined =>
  isTagged(schema) ? etagOfReply(schema, schema.parse(value()) as object) : undefined

/**
 * The ETag of a reply that has its schema's form; undefined for what is no single resource. It is a strong one, because
 * If-Match takes no other (RFC 9110 section 13.1.1), and stands for what people set. No cache is misled by that: replies are
 * not to be stored.
 */
export function etagOfReply(schema: z.ZodType, reply: object): string | undefined {
  const volatile = volatileOf.get(schema)
  if (!volatile) return undefined
  const kept = Object.entries(reply).filter(([key]) => !volatile.includes(key))
  const text = JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

/**
 * Holds the resource until the transaction ends, so that of two changes at once one comes after the other, and compares
 * it with the request's If-Match; without that header nothing is asked. Tags are compared strongly: a weak one is none.
 * @throws ProblemError precondition-failed; not-found; invalid-input for a header that is too long
 */
export async function checkIfMatch(
  tx: Db,
  request: FastifyRequest,
  kind: keyof typeof resources,
  ref = '',
): Promise<void> {
  const wanted = request.headers['if-match']
  if (wanted !== undefined && wanted.length > MOST_IF_MATCH) {
    const message = `is longer than ${MOST_IF_MATCH} characters`
    throw new ProblemError('invalid-input', `headers.if-match ${message}`, [{ path: 'headers.if-match', message }])
  }
  const { read, reply }: Resource = resources[kind]
  const { id } = await read(tx, ref)
  await lockRow(tx, kind, id)
  if (wanted === undefined) return
  const now = await read(tx, id)
  const current = etagOf(reply, () => now)
  if (wanted.trim() === '*' || wanted.split(',').some((tag) => tag.trim() === current)) return
  throw new ProblemError('precondition-failed', `It is ${current} now, which is not ${wanted.slice(0, 200)}.`)
}
