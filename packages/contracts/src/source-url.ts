import { z } from 'zod'

/** PURE: an address without what opens it: of a signed URL that is the query, and before the @ stands a password. */
export function withoutSecrets(address: string): string {
  return address.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1')
}

/** PURE: where an image is published, in the one form by which it is found again; without what opens it, and without oci://. */
export function publishedAt(address: string): string {
  const url = /^https?:/i.test(address) ? URL.parse(address) : null
  return url ? `${url.origin}${url.pathname}` : withoutSecrets(address).replace(/^oci:\/\//i, '')
}

/** Where an image is published: a URL, or its reference in a registry of containers. */
export const SourceUrl = z.string().trim().min(1).max(2048).overwrite(publishedAt)

const ENDINGS = /(\.(raw|img|qcow2|gz|xz|zst|zstd|tar|tgz))+$/i

/** PURE: what an image may be called by its file's name: without its endings, and only with what a name may hold. */
export function imageNameOf(address: string): string {
  const file = withoutSecrets(address).replace(/\/+$/, '').split('/').at(-1) ?? ''
  const name = decoded(file)
    .replace(/@sha256:[\da-f]+$/i, '')
    .replace(ENDINGS, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
  return name || 'image'
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // a % that is none of an escape
    return text
  }
}

/** What a workflow takes from the store and finds there no more. */
interface Missing {
  url: string
  kind: 'disk' | 'oci' | 'archive'
  sha256: string | null
}

/** PURE: the command by which a person adds it, HEX and FILE to be filled in. */
export function addImageCommand({ url, kind, sha256 }: Missing): string {
  const name = imageNameOf(url)
  const ways = sha256 ? ` --sha256 ${sha256}` : ''
  // what names no registry is one that only tools of containers know
  if (kind === 'oci' && /^(?!https?:)[^/]+[.:][^/]*\//.test(publishedAt(url)))
    return `./eims images add ${quoted(`oci://${publishedAt(url)}`)}${ways} --name ${name}`
  return kind === 'oci' || !/^https?:/i.test(url)
    ? `./eims images add FILE --source-url ${quoted(url)} --name ${name}`
    : `./eims images add ${quoted(url)} --sha256 ${sha256 ?? 'HEX'} --name ${name}`
}

/** As one word of a shell, whatever a template holds. */
const quoted = (word: string) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
