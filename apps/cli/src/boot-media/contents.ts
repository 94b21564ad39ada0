import { hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  builtinNamed,
  type Client,
  HIDDEN_SECRET,
  ImageManifest,
  namesWorkflow,
  ProfileInput,
  type PublicProfile,
} from '@eims/contracts'
import type { Contents, MediumImage, MediumProfile, Unit } from '@eims/medium'
import { z } from 'zod'
import { Refusal } from '../refusal.ts'

/** What a medium is made of, and where its pieces come from. */
export interface Gathered {
  contents: Contents
  fetch: (digest: string) => Promise<Buffer>
  /** the profiles' own config-files, in the order of the profiles; null: it has none */
  configs: (string | null)[]
  /** what a person is to know */
  notes: string[]
}

interface GatherOptions {
  client: Client
  /** the server's address for machines, where the chunks are */
  chunks: string
  artifactsDir: string
  /** the first one is for machines that no list names */
  profiles: readonly string[]
  /** instead of a profile */
  image: string | undefined
  overwrite: boolean
}

/**
 * Asks a server for profiles, images and sets of addons, and reads their manifests.
 * @throws Refusal for what a medium cannot bring; ProblemError as the server says
 */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { client, chunks, artifactsDir } = options
  const sizes = new Map<string, number>()
  const tools = toolsOf(artifactsDir)
  for (const { sha256, size } of tools) sizes.set(sha256, size)
  const imageOf = async (name: string): Promise<MediumImage & { architecture: string }> => {
    const image = await client('getImage', { params: { id: name } })
    const { manifestSha256, rawSize, frameCount, facts, k3sVersion, architecture } = image
    if (manifestSha256 === null || rawSize === null || frameCount === null)
      throw new Refusal(`image ${name} is not ready: it is ${image.state}`)
    const manifest = await blob(chunks, manifestSha256)
    sizes.set(manifestSha256, manifest.length)
    for (const { sha256, size } of ImageManifest.parse(JSON.parse(manifest.toString('utf8'))).frames)
      sizes.set(sha256, size)
    return { name: image.name, manifestSha256, rawSize, frameCount, facts, k3sVersion, architecture }
  }
  const notes: string[] = []
  const configs: (string | null)[] = []
  const given =
    options.image === undefined
      ? await profilesOf(client, options.profiles, notes, configs)
      : [bare(options.image, options.overwrite)]
  const profiles: MediumProfile[] = []
  for (const profile of given) {
    const { architecture, ...image } = await imageOf(profile.image)
    if (architecture !== 'x86_64')
      throw new Refusal(
        `image ${image.name} is for ${architecture}; a medium that needs no server is made for x86_64 only so far`,
      )
    const addons: MediumProfile['addons'] = []
    for (const name of profile.addons) {
      const set = await imageOf((await client('getAddon', { params: { id: name } })).image)
      addons.push({ name, image: { manifestSha256: set.manifestSha256, rawSize: set.rawSize } })
    }
    profiles.push({ profile, image, addons })
  }
  return {
    contents: { architecture: 'x86_64', profiles, blobs: [...sizes] },
    configs,
    notes,
    fetch: async (digest) => {
      const own = join(artifactsDir, 'x86_64/tools', digest)
      return existsSync(own) ? readFileSync(own) : await blob(chunks, digest)
    },
  }
}

/**
 * PURE: the config-file of a medium that is given none: its profile's own; null: it has none.
 * @param units of the list
 * @throws Refusal when there are several profiles and a machine could get one that is not its own: a medium has a single
 * config-file for all machines that the list gives none
 */
export function configOfAll(configs: Gathered['configs'], units: readonly Pick<Unit, 'config'>[]): string | null {
  if (configs.length < 2) return configs[0] ?? null
  const eachHasOne = units.length > 0 && units.every(({ config }) => config !== null)
  if (!eachHasOne && configs.some((each) => each !== null))
    throw new Refusal(
      'one of these profiles has a config-file of its own, and a medium has only one for the machines of all profiles: give it by --config FILE, or to each machine by the column Config of --list',
      2,
    )
  return null
}

/** A profile for an image alone: defaults, but no disk that holds something is overwritten unless that was said. */
const bare = (image: string, overwrite: boolean): ProfileInput => ProfileInput.parse({ name: image, image, overwrite })

async function profilesOf(
  client: Client,
  names: readonly string[],
  notes: string[],
  configs: (string | null)[],
): Promise<ProfileInput[]> {
  const profiles: ProfileInput[] = []
  for (const name of names) {
    const found = await client('getProfile', { params: { id: name } })
    if (namesWorkflow(found.workflow))
      throw new Refusal(
        `profile ${name} names the workflow ${found.workflow.workflow}, which only a server can make steps of`,
      )
    if (found.workflow?.some(({ uses }) => uses.kind === 'builtin' && builtinNamed(uses.builtin)?.byEngine))
      throw new Refusal(`profile ${name} waits for a person, and a medium installs without one`)
    if (found.config?.includes(HIDDEN_SECRET))
      throw new Refusal(
        `the config-file of profile ${name} holds secrets, which a server gives to nobody; give it by --config FILE`,
      )
    configs.push(found.config ?? null)
    if (found.account)
      notes.push(
        `profile ${name}: the account ${found.account.userName} comes with its SSH keys alone; a server gives its password to nobody`,
      )
    profiles.push(inputOf(found))
  }
  return profiles
}

/** PURE: a profile as a reply shows it, as a medium has it: what a server adds is left out, and so is its config-file. */
function inputOf(profile: PublicProfile): ProfileInput {
  const known = Object.keys(ProfileInput.shape).filter((key) => key !== 'config')
  return ProfileInput.parse(Object.fromEntries(Object.entries(profile).filter(([key]) => known.includes(key))))
}

const Archive = z.object({ sha256: z.string(), size: z.number() })
const Beside = z.object({ tools: z.record(z.string(), Archive), runtime: Archive })

const besideMicroOs = (artifactsDir: string) =>
  Beside.parse(JSON.parse(readFileSync(join(artifactsDir, 'x86_64/manifest.json'), 'utf8')))

/** The archives beside the Micro-OS. */
const toolsOf = (artifactsDir: string) => Object.values(besideMicroOs(artifactsDir).tools)

/** What the Micro-OS fetches from a server otherwise, before anything else. */
export const runtimeOf = (artifactsDir: string) => besideMicroOs(artifactsDir).runtime

async function blob(base: string, digest: string): Promise<Buffer> {
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
