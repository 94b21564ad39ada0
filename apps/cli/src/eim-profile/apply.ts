import { isDeepStrictEqual } from 'node:util'
import { type Client, type Image, ProfileInput, type PublicProfile, unlessMissing } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import type { ReadProfile } from './read.ts'

export interface ApplyOptions {
  /** where the image comes from: a URL that the server fetches, or a file that is sent to it */
  source: { url: string } | { send: (described: Described) => Promise<Image> }
  /** of a profile that is made; one that exists keeps its own */
  finish?: ProfileInput['finish']
  /** resolves when the image is ready, and throws a Refusal when it failed */
  ready: (image: Image) => Promise<Image>
}

interface Described {
  name: string
  architecture: Image['architecture']
  sha256: string
}

export interface Applied {
  profile: string
  result: 'created' | 'updated' | 'unchanged'
  image: string
  imageResult: 'added' | 'kept'
  unknown: string[]
}

/**
 * Brings the server to what one document says: its image, then its profile. Doing it again changes nothing. What the
 * document does not mention (finish, disk, account, cloud-config, …) stays as the profile has it.
 * @throws Refusal when an image of that name has another digest, or the image cannot be added; ProblemError
 */
export async function applyProfile(client: Client, read: ReadProfile, options: ApplyOptions): Promise<Applied> {
  const { profile, image: wanted, unknown } = read
  const imageResult = await bringImage(client, read, options)
  const stored = await client('getProfile', { params: { id: profile.name } }).catch(unlessMissing)
  const {
    id: _id,
    isDefault: _isDefault,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    warnings: _warnings,
    ...kept
  } = stored ?? ({} as PublicProfile)
  const finish = !stored && options.finish ? { finish: options.finish } : {}
  const body = ProfileInput.parse({ ...kept, ...finish, ...profile, image: wanted.name })
  const done = { profile: profile.name, image: wanted.name, imageResult, unknown }
  if (!stored) {
    await client('addProfile', { body })
    return { ...done, result: 'created' }
  }
  if (isDeepStrictEqual(ProfileInput.parse(kept), body)) return { ...done, result: 'unchanged' }
  await client('putProfile', { params: { id: stored.id }, body })
  return { ...done, result: 'updated' }
}

async function bringImage(client: Client, read: ReadProfile, options: ApplyOptions): Promise<Applied['imageResult']> {
  const { profile, image } = read
  const described: Described = { ...image, architecture: profile.architecture ?? 'x86_64' }
  const stored = await client('getImage', { params: { id: image.name } }).catch(unlessMissing)
  if (stored && stored.state !== 'failed') {
    const { sourceSha256 } = await options.ready(stored)
    if (sourceSha256 === image.sha256) return 'kept'
    throw new Refusal(
      `${read.where}: there is an image ${image.name} with the digest ${sourceSha256}, the profile says ${image.sha256}; ` +
        'a changed image needs another osImageVersion',
    )
  }
  // A try that failed left the name behind; nothing can have been installed from it.
  if (stored) await client('deleteImage', { params: { id: stored.id } })
  await options.ready(await add(client, described, read, options))
  return 'added'
}

async function add(client: Client, described: Described, read: ReadProfile, { source }: ApplyOptions): Promise<Image> {
  if ('send' in source) return source.send(described)
  const { tlsCaCertificate } = read.profile.source
  const ca = tlsCaCertificate ? { caCertificate: tlsCaCertificate } : {}
  return client('addImage', { body: { ...described, url: source.url, ...ca } })
}

/**
 * The absolute URL of a profile's image.
 * @param base for a relative one, as EIM's own profiles have it
 * @throws Refusal when it is relative and there is no base
 */
export function imageUrl(read: ReadProfile, base: string | undefined): string {
  const path = read.profile.source.imageUrl ?? ''
  if (/^https?:\/\//.test(path)) return path
  if (base === undefined)
    throw new Refusal(
      `${read.where}: osImageUrl ${path} is relative; say where it is with --image-base URL, or give the file with --image FILE`,
      2,
    )
  const url = URL.parse(path.replace(/^\/+/, ''), base.endsWith('/') ? base : `${base}/`)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new Refusal(`--image-base ${base} is not a URL that begins with http:// or https://`, 2)
  return url.href
}
