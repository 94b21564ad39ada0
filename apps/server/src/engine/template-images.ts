import { type Architecture, type Image, imageKind, ociReference, publishedAt, type Reason, told } from '@eims/contracts'
import type { Wanted } from '@eims/tinkerbell'

/** A ready image, or why there is none. */
export type ForWanted = { image: Image } | { reason: Reason }

/** Whose images they are to be. */
interface For {
  workflow: string
  /** null: nobody says which */
  architecture: Architecture | null
  /** the profile's own image, which is taken when it is the same file */
  own: Image | null
}

/**
 * PURE: which image of the store an action takes: the one that was published where the workflow says, else the profile's
 * own one when it is the same file by its SHA-256.
 * @param published images from there, newest first
 */
export function imageFor(
  { url, sha256, kind }: Wanted,
  published: readonly Image[],
  { workflow, architecture, own }: For,
): ForWanted {
  const here = published.filter(
    (image) => image.sourceUrl === publishedAt(url) && (architecture ?? image.architecture) === image.architecture,
  )
  const wantedKind = kind === 'archive' ? 'archive' : 'disk'
  const isRight = (image: Image) => image.state === 'ready' && imageKind(image) === wantedKind
  const agrees = ({ sourceSha256 }: Image) => sha256 === null || sourceSha256 === sha256
  // The query is not kept, since it may open what is published: of two files at one place nothing else tells which it is.
  if (sha256 === null && /^https?:[^?#]*\?/i.test(url))
    return because({ code: 'workflow-image-unsure', slots: { workflow, url: publishedAt(url) } })
  const ready = here.find((image) => isRight(image) && agrees(image))
  if (ready) return { image: ready }
  if (own && isRight(own) && sha256 !== null && own.sourceSha256 === sha256) return { image: own }
  const converting = here.find(({ state }) => state === 'converting')
  if (converting) return because({ code: 'workflow-image-converting', slots: { workflow, image: converting.name } })
  const other = here.find(isRight)
  if (other && sha256 !== null)
    return because({
      code: 'workflow-image-other',
      slots: { workflow, url: publishedAt(url), image: other.name, wanted: sha256, has: other.sourceSha256 },
    })
  const unlike = here.find(({ state }) => state === 'ready')
  if (unlike && !other) {
    const slots = { workflow, url: publishedAt(url), image: unlike.name, kind: wantedKind } as const
    return because({ code: 'workflow-image-kind', slots })
  }
  const failed = here.find(({ state }) => state === 'failed')
  if (failed) {
    const why = failed.reason ? told(failed.reason.text) : told('no reason is known')
    return because({ code: 'workflow-image-failed', slots: { workflow, image: failed.name, why } })
  }
  return because({ code: 'workflow-image-missing', slots: { workflow, url: publishedAt(url), kind, sha256 } })
}

const because = (reason: Reason): ForWanted => ({ reason })

/** What can be fetched for a workflow: its URL with what opens it, and the checksum without which no URL is fetched. */
export interface Fetchable {
  url: string
  /** whether that is a reference of a registry of containers, whose digests check what is fetched */
  isOci?: boolean
  sha256: string | null
  architecture: Architecture
  /** PEM; null: the system's CAs are enough */
  caCertificate?: string | null
}

/** PURE: an image that an action takes as it is fetched; null: it cannot be, and a person adds it. */
export function fetchable({ url, sha256, kind, caCertificate }: Wanted, architecture: Architecture): Fetchable | null {
  const isOci = kind === 'oci'
  const canBe = isOci ? ociReference(url) !== null : sha256 !== null && /^https?:\/\//i.test(url)
  return canBe ? { url, isOci, sha256, architecture, caCertificate } : null
}
