import type { IncomingMessage, ServerResponse } from 'node:http'
import { sha256 } from './sample-disk.ts'

interface Options {
  /** anybody gets this token, and nothing comes without it; left out: none is asked for */
  token?: string
  /** where blobs redirect to; left out: they come at once */
  elsewhere?: string
  /** what is sent in the place of a blob or a manifest, by its digest without `sha256:` */
  instead?: Record<string, Buffer>
}

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/**
 * A registry of containers that has one image, `disks/debian:13` for amd64, with these layers: OCI distribution-spec 1.1, and Docker's
 * tokens at `/token`.
 */
export function ociRegistry(layers: readonly Buffer[], { token, elsewhere, instead = {} }: Options = {}) {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      layers: layers.map((layer) => ({ digest: `sha256:${sha256(layer)}`, size: layer.length })),
    }),
  )
  const none = { mediaType: MANIFEST, digest: `sha256:${'0'.repeat(64)}`, size: 1 }
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { ...none, platform: { os: 'unknown', architecture: 'unknown' } },
        { ...none, digest: `sha256:${sha256(manifest)}`, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    }),
  )
  const answer = ({ url = '', headers }: IncomingMessage, reply: ServerResponse): void => {
    const { host, authorization } = headers
    const at = new URL(url, `http://${host}`)
    if (at.pathname === '/token')
      return void reply.end(JSON.stringify({ token: at.searchParams.get('scope') === SCOPE ? token : 'other' }))
    if (token !== undefined && authorization !== `Bearer ${token}`) {
      const asks = `Bearer realm="http://${host}/token",service="${host}",scope="${SCOPE}"`
      return void reply.writeHead(401, { 'www-authenticate': asks }).end('{}')
    }
    const [, kind, name] = /^\/v2\/disks\/debian\/(manifests|blobs)\/(.+)$/.exec(at.pathname) ?? []
    const digest = name?.replace('sha256:', '') ?? ''
    if (kind === 'blobs' && elsewhere) return void reply.writeHead(307, { location: `${elsewhere}/${digest}` }).end()
    const all = kind === 'blobs' ? layers : [manifest, ...(accepts(headers, INDEX) ? [index] : [])]
    const found = name === '13' && kind === 'manifests' ? index : all.find((bytes) => sha256(bytes) === digest)
    if (found) reply.end(instead[sha256(found)] ?? found)
    else reply.writeHead(404).end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: '<script>' }] }))
  }
  return { answer, index: sha256(index), manifest: sha256(manifest) }
}

const SCOPE = 'repository:disks/debian:pull'
const accepts = ({ accept }: IncomingMessage['headers'], type: string) => accept?.split(', ').includes(type)
