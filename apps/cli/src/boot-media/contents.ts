import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  type Architecture,
  builtinNamed,
  HIDDEN_SECRET,
  type ImageManifest,
  namesWorkflow,
  ProfileInput,
} from '@eims/contracts'
import type { Contents, MediumImage, MediumProfile, Unit } from '@eims/medium'
import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import { isFile, nameOf } from './file-or-name.ts'
import type { ProfileFile } from './profile-file.ts'

/** An image, or a set of addons, whose manifest and frames can be had. */
export interface Found extends MediumImage {
  architecture: Architecture
  /** its manifest and frames: digest and bytes */
  blobs: readonly [digest: string, size: number][]
}

/** PURE: the manifest itself, and the frames that it names. @param size of the manifest's own bytes */
export const blobsOf = (sha256: string, size: number, { frames }: Pick<ImageManifest, 'frames'>): Found['blobs'] => [
  [sha256, size],
  ...frames.map((frame): [string, number] => [frame.sha256, frame.size]),
]

/** Where a medium's images come from: a server, or files. */
export interface ImageSource {
  image(named: string): Promise<Found>
  /** the bytes of a blob of such an image */
  blob(digest: string): Promise<Buffer>
}

/** A server, which has profiles and sets of addons as well. */
export interface ServerSource extends ImageSource {
  profile(name: string): Promise<ProfileFile>
  addons(name: string): Promise<Found>
}

/** Files, of which profiles are read elsewhere. */
export interface FileSource extends ImageSource {
  /** one set of all these files */
  addons(files: readonly string[]): Promise<Found>
}

interface Asked {
  /** names, or files; the first one is for machines that no list names */
  profiles: readonly string[]
  /** a name or a file; of one profile in place of its own */
  image: string | undefined
  overwrite: boolean
  /** names or files, for every profile */
  addons: readonly string[]
}

interface Sources {
  server: ServerSource
  files: FileSource
  profileFile: (path: string) => ProfileFile
  artifactsDir: string
}

/** What a medium is made of, and where its pieces come from. */
export interface Gathered {
  contents: Contents
  fetch: (digest: string) => Promise<Buffer>
  /** the profiles' own config-files, in the order of the profiles; null: it has none */
  configs: (string | null)[]
  /** what a person is to know */
  notes: string[]
}

/** What a set of addons is called that is made of files. */
const ADDONS_OF_FILES = 'addons'

/**
 * Puts together what a medium brings. A server is asked only for what is no file.
 * @throws Refusal for what a medium cannot bring; ProblemError as the server or the reading of an image says
 */
export async function gather(asked: Asked, { server, files, profileFile, artifactsDir }: Sources): Promise<Gathered> {
  const sizes = new Map<string, number>(toolsOf(artifactsDir).map(({ sha256, size }) => [sha256, size]))
  const origin = new Map<string, ImageSource>()
  const take = (source: ImageSource, { blobs, architecture, ...image }: Found): MediumImage => {
    if (architecture !== 'x86_64')
      throw new Refusal(
        `image ${image.name} is for ${architecture}; a medium that needs no server is made for x86_64 only so far`,
      )
    for (const [digest, size] of blobs) {
      sizes.set(digest, size)
      origin.set(digest, source)
    }
    return image
  }
  const image = async (named: string): Promise<MediumImage> => {
    const source = isFile(named) ? files : server
    return take(source, await source.image(named))
  }
  const set = async (name: string, from: Found, source: ImageSource) => {
    const { manifestSha256, rawSize } = take(source, from)
    return { name, image: { manifestSha256, rawSize } }
  }

  const given = await givenProfiles(asked, server, profileFile)
  const own = asked.addons.filter(isFile)
  const named = asked.addons.filter((each) => !isFile(each))
  const ofFiles = own.length === 0 ? [] : [await set(ADDONS_OF_FILES, await files.addons(own), files)]
  const profiles: MediumProfile[] = []
  for (const { profile, image: wanted } of given) {
    const of = await image(wanted)
    const names = [...new Set([...profile.addons, ...named])]
    if (ofFiles.length > 0 && names.includes(ADDONS_OF_FILES))
      throw new Refusal(`a set of addons is called ${ADDONS_OF_FILES}, as the one of these files would be: rename it`)
    const addons: MediumProfile['addons'] = []
    for (const name of names) addons.push(await set(name, await server.addons(name), server))
    addons.push(...ofFiles)
    profiles.push({
      profile: ProfileInput.parse({ ...profile, image: of.name, addons: addons.map(({ name }) => name) }),
      image: of,
      addons,
    })
  }
  return {
    contents: { architecture: 'x86_64', profiles, blobs: [...sizes] },
    configs: given.map(({ config }) => config),
    notes: given.flatMap(({ notes }) => notes),
    async fetch(digest) {
      const tool = join(artifactsDir, 'x86_64/tools', digest)
      return origin.get(digest)?.blob(digest) ?? readFileSync(tool)
    },
  }
}

/** Profiles with the image that each is to have: a name, or a file. */
async function givenProfiles(
  { profiles, image, overwrite }: Asked,
  server: ServerSource,
  profileFile: Sources['profileFile'],
): Promise<ProfileFile[]> {
  if (profiles.length === 0) {
    if (image === undefined) throw new Refusal('give --image, or --profile once or more', 2)
    // defaults, but no disk that holds something is overwritten unless that was said
    const name = nameOf(image)
    return [{ profile: ProfileInput.parse({ name, image: name, overwrite }), config: null, notes: [], image }]
  }
  const found: ProfileFile[] = []
  for (const each of profiles) {
    const read = isFile(each) ? profileFile(each) : await server.profile(each)
    refuseUnfit(read)
    if (found.some(({ profile }) => profile.name === read.profile.name))
      throw new Refusal(`two of these profiles are called ${read.profile.name}`)
    const beside = isFile(each) && isFile(read.image) ? resolve(dirname(each), read.image) : read.image
    found.push({ ...read, image: image ?? beside })
  }
  return found
}

/** @throws Refusal for a profile that only a server can carry out */
function refuseUnfit({ profile: { name, workflow }, config }: ProfileFile): void {
  if (namesWorkflow(workflow))
    throw new Refusal(`profile ${name} names the workflow ${workflow.workflow}, which only a server can make steps of`)
  if (workflow?.some(({ uses }) => uses.kind === 'builtin' && builtinNamed(uses.builtin)?.byEngine))
    throw new Refusal(`profile ${name} waits for a person, and a medium installs without one`)
  if (config?.includes(HIDDEN_SECRET))
    throw new Refusal(
      `the config-file of profile ${name} holds secrets, which a server gives to nobody; give it by --config FILE`,
    )
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

const Archive = z.object({ sha256: z.string(), size: z.number() })
const Beside = z.object({ tools: z.record(z.string(), Archive), runtime: Archive })

const besideMicroOs = (artifactsDir: string) =>
  Beside.parse(JSON.parse(readFileSync(join(artifactsDir, 'x86_64/manifest.json'), 'utf8')))

/** The archives beside the Micro-OS. */
const toolsOf = (artifactsDir: string) => Object.values(besideMicroOs(artifactsDir).tools)

/** What the Micro-OS fetches from a server otherwise, before anything else. */
export const runtimeOf = (artifactsDir: string) => besideMicroOs(artifactsDir).runtime

/** Whether all is there that a medium starts with. */
export const hasBootFiles = (artifactsDir: string): boolean =>
  ['medium/agent.mjs', 'shim/gcdx64.efi', 'x86_64/initrd.zst'].every((file) => existsSync(join(artifactsDir, file)))
