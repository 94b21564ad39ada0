import { hash } from 'node:crypto'
import { type Client, ImageManifest, type PublicProfile } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import type { Found, ServerSource } from './contents.ts'
import { inputOf } from './profile-file.ts'

/**
 * Profiles, images and sets of addons as a server has them.
 * @param chunks the server's address for machines, where the chunks are; asked for when something is wanted
 */
export function ofServer(connect: () => Client, chunks: () => string): ServerSource {
  const client = (): Client => {
    try {
      return connect()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new Refusal(
        `${error.message}; without a server give files, such as --image ./debian.raw.xz`,
        error.exitCode,
      )
    }
  }
  const image = async (name: string): Promise<Found> => {
    const found = await client()('getImage', { params: { id: name } })
    const { manifestSha256, rawSize, frameCount, facts, k3sVersion, architecture } = found
    if (manifestSha256 === null || rawSize === null || frameCount === null)
      throw new Refusal(`image ${name} is not ready: it is ${found.state}`)
    const manifest = await blobOf(chunks(), manifestSha256)
    const { frames } = ImageManifest.parse(JSON.parse(manifest.toString('utf8')))
    const blobs: Found['blobs'] = [
      [manifestSha256, manifest.length],
      ...frames.map(({ sha256, size }): [string, number] => [sha256, size]),
    ]
    return { name: found.name, manifestSha256, rawSize, frameCount, facts, k3sVersion, architecture, blobs }
  }
  return {
    image,
    addons: async (name) => await image((await client()('getAddon', { params: { id: name } })).image),
    blob: (digest) => blobOf(chunks(), digest),
    async profile(name) {
      const found = await client()('getProfile', { params: { id: name } })
      return { profile: inputOf(found), image: found.image, config: found.config ?? null, notes: accountNotes(found) }
    },
  }
}

const accountNotes = ({ name, account }: PublicProfile): string[] =>
  account
    ? [
        `profile ${name}: the account ${account.userName} comes with its SSH keys alone; a server gives its password to nobody`,
      ]
    : []

async function blobOf(base: string, digest: string): Promise<Buffer> {
  const url = new URL(`/blobs/${digest}`, base)
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) }).catch((error: Error) => {
    throw new Refusal(`${base} does not answer (${error.message}); name the server’s address for machines: --from URL`)
  })
  if (!response.ok)
    throw new Refusal(`${url.href} answers ${response.status}; name the server’s address for machines: --from URL`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (hash('sha256', bytes) !== digest)
    throw new Refusal(`${url.href} is not what its digest says; repair the image: eims images add`)
  return bytes
}
