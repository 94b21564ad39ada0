import { createHash } from 'node:crypto'
import { type Architecture, type OciReference, ociReference, ProblemError, publishedAt } from '@eims/contracts'
import { z } from 'zod'
import { type FetchWays, fetchUrl, follow, reasonOf } from './fetch-url.ts'

/** As much as every registry takes of a manifest (distribution-spec 1.1, "Pushing manifests"). */
const MOST_MANIFEST_BYTES = 4 * 1024 * 1024
/** For a manifest or a token to come as a whole; milliseconds. */
const SMALL_MS = 60_000

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const Digest = z.string().regex(/^sha256:[\da-f]{64}$/)
const Size = z.number().int().nonnegative()
const Platform = z.object({ os: z.string(), architecture: z.string() })
const Index = z.object({
  manifests: z.array(z.object({ digest: Digest, platform: Platform.optional() })).max(10_000),
})
const Layer = z.object({ digest: Digest, size: Size })
const Manifest = z.object({ layers: z.array(Layer).min(1).max(10_000) })
const Token = z.object({ token: z.string().max(65_536).optional(), access_token: z.string().max(65_536).optional() })
/** What a registry says of a failure; only the code is told, which is one of the specification's words. */
const Faults = z.object({ errors: z.array(z.object({ code: z.string().regex(/^[A-Z_]{1,40}$/) })).min(1) })

/** Names of Go, which manifests have. */
const platforms: Record<Architecture, string> = { x86_64: 'amd64', arm64: 'arm64' }

interface Pull {
  /** as errors tell it */
  what: string
  reference: OciReference
  architecture: Architecture
  ways: FetchWays
  signal: AbortSignal
  /** what opens the registry, once it has asked for it */
  authorization?: string
}

/**
 * The one file of an image in a registry of containers (OCI distribution-spec 1.1): the largest layer of its manifest, the architecture's
 * own where there are several. Every byte is checked against the digests, the manifest's against the reference's where that is a digest.
 *
 * @param text as `ociReference` reads it
 * @throws ProblemError as `fetchUrl`; `image-unreadable` for what is no reference, no such image, or none for the architecture;
 *   `image-mismatch` for bytes of another digest than the manifest's. They name the reference.
 */
export async function* fetchOci(
  text: string,
  architecture: Architecture,
  ways: FetchWays,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const reference = ociReference(text)
  const what = publishedAt(text)
  if (!reference) throw new ProblemError('image-unreadable', `${what} names no image of a registry: registry/name:tag`)
  const pull: Pull = { what, reference, architecture, ways, signal }
  const { digest, size } = await layerOf(pull)
  if (size > ways.maxBytes)
    throw new ProblemError('too-large', `${what} has ${size} bytes, more than the ${ways.maxBytes} allowed`)
  ways.onLength?.(size)
  const { authorization } = pull
  const { onLength: _, ...rest } = ways
  const blob = { ...rest, maxBytes: size, headers: authorization === undefined ? {} : { authorization } }
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of fetchUrl(urlOf(reference, `blobs/${digest}`), blob, signal)) {
      bytes += chunk.length
      if (bytes > size) break
      hash.update(chunk)
      yield chunk
    }
  } catch (error) {
    throw error instanceof ProblemError ? new ProblemError(error.code, `${what}: ${error.message}`) : error
  }
  const found = `sha256:${hash.digest('hex')}`
  if (bytes !== size || found !== digest)
    throw new ProblemError(
      'image-mismatch',
      `${what}: what came for its layer ${digest} of ${size} bytes is ${found} with ${bytes > size ? 'more' : bytes} bytes`,
    )
}

async function layerOf(pull: Pull): Promise<z.infer<typeof Layer>> {
  const { reference, architecture, what } = pull
  const first = await manifestOf(pull, reference.reference)
  const index = Index.safeParse(first).data
  const { layers } = index
    ? readAs(Manifest, await manifestOf(pull, chosen(index)), what)
    : readAs(Manifest, first, what)
  return layers.reduce((largest, layer) => (layer.size > largest.size ? layer : largest))

  function chosen({ manifests }: z.infer<typeof Index>): string {
    const own = manifests.filter(({ platform }) => platform?.architecture === platforms[architecture])
    const only = manifests.length === 1 && !manifests[0]!.platform ? manifests : own
    if (only[0]) return only[0].digest
    const others = manifests.map(({ platform }) => platform?.architecture ?? 'unknown')
    throw new ProblemError(
      'image-unreadable',
      `${what} is not for ${platforms[architecture]}: it is for ${[...new Set(others)].join(', ').slice(0, 200) || 'nothing'}`,
    )
  }
}

async function manifestOf(pull: Pull, reference: string): Promise<unknown> {
  const { what } = pull
  const url = urlOf(pull.reference, `manifests/${reference}`)
  const asked = () => small(pull, url, { accept, ...(pull.authorization ? { authorization: pull.authorization } : {}) })
  let answer = await asked()
  if (answer.status === 401 && pull.authorization === undefined) {
    pull.authorization = await opened(pull, answer.challenge)
    answer = await asked()
  }
  if (answer.status !== 200)
    throw new ProblemError('image-unreadable', `${what}: its registry answered ${said(answer)}`)
  const found = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`
  if (reference.startsWith('sha256:') && found !== reference)
    throw new ProblemError('image-mismatch', `${what}: what came for its manifest ${reference} is ${found}`)
  return json(answer.body, what)
}

/** distribution-spec 1.1 refers to RFC 6750 and to Docker's token service for what a registry asks for by 401. */
async function opened(pull: Pull, challenge: string): Promise<string> {
  const { what, reference } = pull
  const { login, name, origin } = reference
  const basic = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`
  const [, scheme = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(challenge.slice(0, 8192)) ?? []
  if (/^basic$/i.test(scheme) && basic) return basic
  const asks = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]))
  const realm = /^bearer$/i.test(scheme) ? URL.parse(asks.realm ?? '') : null
  if (!realm || !['http:', 'https:'].includes(realm.protocol))
    throw new ProblemError(
      'image-unreadable',
      `${what}: its registry answered 401, and asks for a user name and a password`,
    )
  if (origin.startsWith('https:') && realm.protocol !== 'https:')
    throw new ProblemError('image-unreadable', `${what}: its registry leads from https to http for a token`)
  if (asks.service) realm.searchParams.set('service', asks.service)
  realm.searchParams.set('scope', asks.scope || `repository:${name}:pull`)
  const answer = await small(pull, realm.href, basic ? { authorization: basic } : {})
  if (answer.status !== 200)
    throw new ProblemError('image-unreadable', `${what}: the token service of its registry answered ${said(answer)}`)
  const { token, access_token } = readAs(Token, json(answer.body, what), what)
  const given = token ?? access_token
  if (!given || !/^[\x21-\x7e]+$/.test(given))
    throw new ProblemError('image-unreadable', `${what}: the token service of its registry gave no token`)
  return `Bearer ${given}`
}

interface Answer {
  status: number
  challenge: string
  body: Buffer
}

/** A small answer as a whole. */
async function small({ what, ways, signal: given }: Pull, url: string, headers: object): Promise<Answer> {
  const signal = AbortSignal.any([given, AbortSignal.timeout(ways.silence ?? SMALL_MS)])
  try {
    const response = await follow(url, ways, signal, headers)
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > MOST_MANIFEST_BYTES) {
        response.destroy()
        throw new ProblemError('image-unreadable', `its registry answers with more than ${MOST_MANIFEST_BYTES} bytes`)
      }
      parts.push(part)
    }
    const challenge = response.headers['www-authenticate'] ?? ''
    return { status: response.statusCode ?? 0, challenge, body: Buffer.concat(parts) }
  } catch (error) {
    given.throwIfAborted()
    const why = error instanceof ProblemError ? error.message : `cannot be fetched: ${reasonOf(error as Error)}`
    throw new ProblemError('image-unreadable', `${what}: ${why}`)
  }
}

const urlOf = ({ origin, name }: OciReference, rest: string) => `${origin}/v2/${name}/${rest}`

function said({ status, body }: Answer): string {
  const fault = Faults.safeParse(parsed(body)).data?.errors[0]
  return fault ? `${status} (${fault.code})` : `${status}`
}

function json(body: Buffer, what: string): unknown {
  const value = parsed(body)
  if (value === undefined) throw new ProblemError('image-unreadable', `${what}: its registry answers with no JSON`)
  return value
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function readAs<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { data, error } = schema.safeParse(value)
  if (data !== undefined) return data
  const [issue] = error!.issues
  throw new ProblemError(
    'image-unreadable',
    `${what} is nothing that holds an image: ${issue!.path.join('.')} ${issue!.message}`.trim(),
  )
}
