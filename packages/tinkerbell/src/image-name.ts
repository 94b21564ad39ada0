// As in the distribution's reference grammar: a host has a dot, a port, or is localhost; all else of a name is lower case.
const HOST = /^(?:localhost|[a-z\d-]+(?:\.[a-z\d-]+)*(?::\d+)?|\[[\da-f:]+\](?::\d+)?)$/i
const PART = /^[a-z\d]+(?:(?:\.|_{1,2}|-+)[a-z\d]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^[a-z\d]+(?:[.+_-][a-z\d]+)*:[\da-f]{32,128}$/i
const MOST = 512

/** The last part of an image's name, without registry, tag and digest; null when it is no image reference. */
export function imageName(image: string): string | null {
  if (image.length > MOST) return null
  const [tagged = '', ...digests] = image.split('@')
  if (digests.length > 1 || (digests[0] !== undefined && !DIGEST.test(digests[0]))) return null
  const slash = tagged.lastIndexOf('/')
  const colon = tagged.indexOf(':', slash + 1)
  if (colon >= 0 && !TAG.test(tagged.slice(colon + 1))) return null
  const parts = (colon >= 0 ? tagged.slice(0, colon) : tagged).split('/')
  const [first = ''] = parts
  const hasHost = parts.length > 1 && (/[.:A-Z]/.test(first) || first === 'localhost')
  if (hasHost && !HOST.test(first)) return null
  const path = hasHost ? parts.slice(1) : parts
  return path.every((part) => PART.test(part)) ? path.at(-1)! : null
}
