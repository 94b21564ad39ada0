import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { type Client, ImageManifest, type PublicProfile } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import { blobsOf, type Found, type ServerSource } from './contents.ts'
import { inputOf } from './profile-file.ts'

/**
 * Profiles, images and sets of addons as a server has them.
 * @param chunks the server's address for machines, where the chunks are; asked for when something is wanted
 */
export function ofServer(connect: () => Client, chunks: () => string): ServerSource {
  const client = (asked: string): Client => {
    try {
      return connect()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const here = readdirSync('.').find((name) => name === asked || name.startsWith(`${asked}.`))
      throw new Refusal(
        `${asked} is the name of something on a server, and none can be asked; ${here ? `for the file here say ./${here}` : 'of files alone say for example ./debian.raw.xz'}`,
        error.exitCode,
        [error.message],
      )
    }
  }
  const image = async (name: string): Promise<Found> => {
    const found = await client(name)('getImage', { params: { id: name } })
    const { manifestSha256, rawSize, frameCount, facts, k3sVersion, architecture } = found
    if (manifestSha256 === null || rawSize === null || frameCount === null)
      throw new Refusal(`image ${name} is not ready: it is ${found.state}`)
    const manifest = await blobOf(chunks(), manifestSha256)
    const blobs = blobsOf(manifestSha256, manifest.length, ImageManifest.parse(JSON.parse(manifest.toString('utf8'))))
    return { name: found.name, manifestSha256, rawSize, frameCount, facts, k3sVersion, architecture, blobs }
  }
  return {
    image,
    addons: async (name) => await image((await client(name)('getAddon', { params: { id: name } })).image),
    blob: (digest) => blobOf(chunks(), digest),
    async profile(name) {
      const found = await client(name)('getProfile', { params: { id: name } })
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
