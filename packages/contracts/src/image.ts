import { z } from 'zod'
import { Architecture } from './architecture.ts'
import { named } from './component.ts'
import { ImageFacts } from './image-facts.ts'
import { ociReference } from './oci-reference.ts'
import { ShownReason } from './reason.ts'
import { SourceUrl } from './source-url.ts'

/** A SHA-256 digest, 64 lower-case hexadecimal digits. */
export const Sha256 = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 digest (64 hexadecimal digits)')

/**
 * The file formats an image may be published in; `archive`: tar, also packed by gzip, xz or zstd; `addons`: the tar archive of a
 * set of addons, as `eims addons add` makes it.
 */
export const ImageFormat = z.enum(['raw', 'gz', 'xz', 'zst', 'qcow2', 'archive', 'addons'])
export type ImageFormat = z.infer<typeof ImageFormat>

/** Raw bytes in one frame; the last one of an image may be shorter. A multiple of every disk's sector size. */
export const FRAME_BYTES = 4 * 1024 * 1024

/** One independently compressed piece of an image: the unit of transfer, verification and resumption. */
export const Frame = z.object({
  /** first byte on the disk */
  offset: z.number().int().nonnegative(),
  /** raw bytes */
  length: z.number().int().positive().max(FRAME_BYTES),
  /** compressed bytes, as transferred */
  size: z
    .number()
    .int()
    .positive()
    .max(FRAME_BYTES * 2),
  /** digest of the compressed bytes: the chunk's name */
  sha256: Sha256,
  /** digest of the raw bytes */
  rawSha256: Sha256,
})
export type Frame = z.infer<typeof Frame>

/** A stretch of the raw image that is all zeros and is therefore not transferred. */
const ZeroRun = z.object({
  offset: z.number().int().nonnegative(),
  length: z.number().int().positive(),
})

/**
 * An image in the one form that agents know: zstd frames by digest, and runs of zeros.
 * Frames and zero runs together cover [0, rawSize) exactly once; both are sorted by offset.
 */
export const ImageManifest = z
  .object({
    version: z.literal(1),
    compression: z.literal('zstd'),
    architecture: Architecture,
    rawSize: z
      .number()
      .int()
      .positive()
      .max(2 ** 46),
    rawSha256: Sha256,
    frames: z.array(Frame).max(1_000_000),
    zeros: z.array(ZeroRun).max(1_000_000),
  })
  .superRefine((manifest, ctx) => {
    const pieces = [...manifest.frames, ...manifest.zeros].sort((a, b) => a.offset - b.offset)
    let end = 0
    for (const piece of pieces) {
      if (piece.offset !== end) break
      end += piece.length
    }
    if (end !== manifest.rawSize)
      ctx.addIssue({
        code: 'custom',
        path: ['frames'],
        message: `frames and zeros leave a gap or overlap at byte ${end} of ${manifest.rawSize}`,
      })
  })
export type ImageManifest = z.infer<typeof ImageManifest>

export const ImageState = z.enum(['converting', 'ready', 'failed'])

export const Image = z.object({
  id: z.string(),
  name: z.string(),
  architecture: Architecture,
  format: ImageFormat,
  state: ImageState,
  /** why the conversion failed, else null */
  reason: ShownReason.nullable(),
  /** 0 to 1 while converting */
  progress: z.number().min(0).max(1),
  /** digest of the published file */
  sourceSha256: Sha256.nullable(),
  /** where its publisher has it, without what opens it; workflows that name that URL get this image */
  sourceUrl: z.string().nullable(),
  rawSize: z.number().int().nullable(),
  rawSha256: Sha256.nullable(),
  /** digest of the manifest's JSON bytes: its URL is /blobs/<digest> */
  manifestSha256: Sha256.nullable(),
  frameCount: z.number().int().nullable(),
  /** compressed bytes of all frames */
  storedSize: z.number().int().nullable(),
  /** what was found in it; null while it is not ready */
  facts: ImageFacts.nullable(),
  /** of the K3s in it, as a person says: `v1.33.5+k3s1`, or `none`; null: what was found counts */
  k3sVersion: z.string().nullable(),
  /** machines that it is not for, and what is wrong with its partition table */
  warnings: z.array(ShownReason),
  createdAt: z.iso.datetime(),
})
export type Image = z.infer<typeof Image>

/** What `images delete` gives back. */
export const ImageDeleted = z.object({
  /** it was under conversion, which this ended */
  stopped: z.boolean(),
  /** of the image that nothing else needs, removed as soon as no other image is under conversion */
  pieces: z.number().int(),
  bytes: z.number().int(),
})
export type ImageDeleted = z.infer<typeof ImageDeleted>

/** Whether a prune only says what it would remove. */
export const ImagePrune = z.strictObject({ dryRun: z.boolean().default(false) })

/** What a prune removed, or would. */
export const ImagePruned = z.object({
  /** names of failed images that no profile uses */
  images: z.array(z.string()),
  pieces: z.number().int(),
  bytes: z.number().int(),
  dryRun: z.boolean(),
})
export type ImagePruned = z.infer<typeof ImagePruned>

export const Name = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must be 1 to 63 letters, digits, dots, hyphens or underscores, starting with a letter or digit',
  )

const described = z.strictObject({
  name: Name,
  architecture: Architecture.default('x86_64'),
  /** told by the file's first bytes when left out */
  format: ImageFormat.optional(),
  /** the digest the publisher gives for the file; checked before anything is kept */
  sha256: Sha256.optional(),
  /** where its publisher has it; left out: `url`, without what opens it */
  sourceUrl: SourceUrl.optional(),
})

/**
 * Adds an image from a file in one of the server's image folders, or by fetching it: exactly one of `path` and `url`.
 */
export const ImageAdd = described
  .extend({
    path: z.string().min(1).max(4096).startsWith('/', 'must be an absolute path on the server').optional(),
    /**
     * fetched through the site's proxy; of http and https it needs `sha256`, and oci://registry/name:tag is an image of a registry
     * of containers
     */
    url: z
      .url({ protocol: /^(?:https?|oci)$/, error: 'must be an absolute URL (http, https or oci)' })
      .max(2048)
      .optional(),
    /** PEM: the CA of the server that `url` names, when the system does not know it */
    caCertificate: z.string().max(65_536).includes('-----BEGIN CERTIFICATE-----', 'must be PEM').optional(),
  })
  .superRefine(({ path, url, sha256, caCertificate }, ctx) => {
    const fault = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [field], message })
    if ((path === undefined) === (url === undefined)) fault('path', 'give exactly one of path and url')
    const isOci = url !== undefined && /^oci:/i.test(url)
    if (isOci && ociReference(url) === null) fault('url', 'must name an image as oci://registry/name:tag')
    if (url !== undefined && !isOci && sha256 === undefined)
      fault('sha256', 'is needed with url: the digest that the publisher gives')
    if (caCertificate !== undefined && url === undefined) fault('caCertificate', 'belongs to a url')
  })
export type ImageAdd = z.infer<typeof ImageAdd>

/** What an image is called and checked against, wherever it comes from. */
export const ImageDescription = described
export type ImageDescription = z.infer<typeof ImageDescription>

/** Query of an upload in one request; the body is the file itself (application/octet-stream). */
export const ImageUploadQuery = described

/** Begins an upload that outlives a broken connection, or finds the one that was begun for the same file. */
export const ImageUploadBegin = described.extend({
  /** bytes of the file */
  size: z
    .number()
    .int()
    .positive()
    .max(2 ** 40),
  /** what tells this file from another of its name and size, e.g. a digest of its ends; the same file goes on */
  fingerprint: z.string().trim().min(1).max(128).optional(),
})
export type ImageUploadBegin = z.infer<typeof ImageUploadBegin>

/** An image file that is on its way. */
export const ImageUpload = z.object({
  id: z.string(),
  name: Name,
  /** bytes of the whole file */
  size: z.number().int(),
  /** bytes that are here: where to go on */
  received: z.number().int(),
  /** as it was begun with: whoever has the file sees by it whether it is this one; left out: with none */
  fingerprint: z.string().optional(),
  /** until then it waits for its next byte */
  expiresAt: z.iso.datetime(),
})
export type ImageUpload = z.infer<typeof ImageUpload>

/** All of a server: as few as it keeps open, so they are not paged. */
export const ImageUploads = z.object({ items: z.array(ImageUpload) })
export type ImageUploads = z.infer<typeof ImageUploads>

/** Where in the file the body of a part begins: the `received` of the upload. */
export const ImageUploadOffset = z.strictObject({ offset: z.coerce.number().int().nonnegative() })

named({
  Image,
  ImageAdd,
  ImageDeleted,
  ImageFormat,
  ImagePrune,
  ImagePruned,
  ImageState,
  ImageUpload,
  ImageUploadBegin,
  ImageUploads,
})
