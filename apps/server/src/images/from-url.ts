import type { BlockList } from 'node:net'
import { type Architecture, ociReference, ProblemError } from '@eims/contracts'
import { MOST_DISK_BYTES } from '@eims/image'
import { type Db, getSite } from '@eims/registry'
import { namesBarred } from './barred-addresses.ts'
import { fetchOci } from './fetch-oci.ts'
import { fetchUrl } from './fetch-url.ts'

interface From {
  url: string
  /** whether that is a reference of a registry of containers; left out: it says so itself */
  isOci?: boolean
  /** of several in a registry this one's is taken */
  architecture: Architecture
  /** PEM */
  caCertificate?: string | null | undefined
  barred: BlockList
}

/**
 * An image that is fetched when its turn comes, in the way that the site's machines reach the world.
 * @throws ProblemError invalid-input, naming `body.url`, for a URL that leads where no image is fetched from
 */
export async function urlSource(
  db: Db,
  { url, isOci = /^oci:/i.test(url), architecture, caCertificate, barred }: From,
) {
  const reference = isOci ? ociReference(url) : null
  const address = URL.parse(reference?.origin ?? url)
  if (!address || (isOci && !reference)) refuse(isOci ? 'names no image as registry/name:tag' : 'is no URL')
  if (namesBarred(address, barred))
    refuse('leads to loopback, a link of this server, a metadata service or a group: no image is fetched from there')
  const { httpProxy, noProxy } = await getSite(db)
  const ways = { httpProxy, noProxy, caCertificate: caCertificate ?? null, barred, maxBytes: MOST_DISK_BYTES }
  return (signal: AbortSignal, onLength: (bytes: number) => void) =>
    isOci ? fetchOci(url, architecture, { ...ways, onLength }, signal) : fetchUrl(url, { ...ways, onLength }, signal)
}

function refuse(message: string): never {
  throw new ProblemError('invalid-input', `body.url ${message}`, [{ path: 'body.url', message }])
}
