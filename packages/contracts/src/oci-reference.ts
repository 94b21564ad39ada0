/** An image in a registry of containers, as `registry/name:tag` or `registry/name@sha256:HEX` names it. */
export interface OciReference {
  /** of the registry's API; http only where the reference says so */
  origin: string
  name: string
  /** a digest, else a tag */
  reference: string
  /** who fetches it; null: anybody may */
  login: { user: string; password: string } | null
}

const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:]{2,45}\])(?::\d{1,5})?$/i
// distribution-spec 1.1, "Pulling manifests"
const NAME = /^[a-z\d]+(?:(?:\.|_|__|-+)[a-z\d]+)*(?:\/[a-z\d]+(?:(?:\.|_|__|-+)[a-z\d]+)*)*$/
const TAG = /:(\w[\w.-]{0,127})$/
const DIGEST = /@(sha256:[\da-f]{64})$/

/**
 * PURE: a reference with or without a scheme in front of it; what names no registry is Docker Hub's, as everybody's tools read it.
 * @returns null for what is none
 */
export function ociReference(text: string): OciReference | null {
  const [, scheme, user, password = '', rest = ''] =
    /^(?:(oci|https?):\/\/(?:([^/@:]*)(?::([^/@]*))?@)?)?(\S{1,512})$/.exec(text) ?? []
  const [, digest] = DIGEST.exec(rest) ?? []
  const place = rest.replace(DIGEST, '')
  const [, tag] = TAG.exec(place) ?? []
  const parts = place.replace(TAG, '').split('/')
  const isHost = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!)
  const host = isHost ? parts.shift()! : 'docker.io'
  const isHub = /^(?:index\.)?docker\.io$/.test(host)
  const name = isHub && parts.length === 1 ? `library/${parts[0]}` : parts.join('/')
  const origin = `${scheme === 'http' ? 'http' : 'https'}://${isHub ? 'registry-1.docker.io' : host}`
  if (!HOST.test(host) || !URL.canParse(origin) || name.length > 255 || !NAME.test(name)) return null
  const login = user ? { user, password } : null
  return { origin, name, reference: digest ?? tag ?? 'latest', login }
}
