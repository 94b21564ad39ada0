import { readFile, stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Client, createClient, Finish, type Image, NO_REASON } from '@eims/contracts'
import { chooseServer, connectionHelp, connectionOptions } from '../connection.ts'
import { type Applied, type ApplyOptions, applyProfile, imageUrl } from '../eim-profile/apply.ts'
import { type ReadProfile, readEimProfiles } from '../eim-profile/read.ts'
import { table } from '../output.ts'
import { print } from '../print.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { sendImage } from '../send-image.ts'
import type { Verb } from '../verb.ts'

/** No OS profile comes near it. */
const MOST_BYTES = 1024 * 1024
const POLL_MS = 500

export const profileApply: Verb = {
  name: 'profiles apply',
  summary: 'make or update OS profiles from EIM’s own profile files',
  help: `usage: ./eims profiles apply FILE... [OPTIONS]

Reads EIM's OS profile YAML (appVersion: apps/v1; several documents in a file are fine), has the server fetch each image
from its osImageUrl, checks it against osImageSha256, and makes or updates the profile called profileName. Done again it
changes nothing. Fields that eims does not know are named and left out. With any mistake in any file nothing is applied.

The image is called after profileName and osImageVersion. A profile that exists keeps what the file does not speak of
(finish, disk rule, account, cloud-config, kernel arguments, time limit).

  --image-base URL  where relative osImageUrls begin, e.g. https://files.example/
  --image FILE      take the image from this file instead; for one profile
  --finish F        of profiles that are made: reboot (default), poweroff or hold
  --dry-run         read and check only
${connectionHelp}`,
  async run(argv, env) {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        ...connectionOptions,
        'image-base': { type: 'string' },
        image: { type: 'string' },
        finish: { type: 'string' },
        'dry-run': { type: 'boolean' },
      },
    })
    if (positionals.length === 0) throw new Refusal('give at least one profile file; see --help', 2)
    const profiles = await readFiles(positionals)
    if (values.image !== undefined && profiles.length > 1)
      throw new Refusal(`--image is for one profile, and the files hold ${profiles.length}`, 2)
    if (values.image !== undefined) await mustBeFile(values.image)
    const finish = Finish.optional().safeParse(values.finish)
    if (!finish.success) throw new Refusal(`--finish ${values.finish} is none of ${Finish.options.join(', ')}`, 2)
    const urls = values.image === undefined ? profiles.map((read) => imageUrl(read, values['image-base'])) : []
    if (values['dry-run']) return print(profiles, values.json, describeRead)
    const server = chooseServer(values, env)
    const client = createClient({ baseUrl: server.url, token: server.key })
    const send: Extract<ApplyOptions['source'], { send: unknown }>['send'] = (described) =>
      sendImage({ client, server }, described, values.image!)
    const done: Applied[] = []
    for (const [index, read] of profiles.entries()) {
      const url = urls[index]
      const source = url === undefined ? { send } : { url }
      const ready: ApplyOptions['ready'] = (image) => untilReady(client, image)
      done.push(await applyProfile(client, read, { source, ready, ...(finish.data ? { finish: finish.data } : {}) }))
    }
    print(done, values.json, describeApplied)
  },
}

async function readFiles(files: string[]): Promise<ReadProfile[]> {
  const problems: string[] = []
  const profiles: ReadProfile[] = []
  for (const file of files) {
    await mustBeFile(file)
    if ((await stat(file)).size > MOST_BYTES) throw new Refusal(`${file} is larger than any OS profile`)
    const read = readEimProfiles(await readFile(file, 'utf8'), file)
    profiles.push(...read.profiles)
    problems.push(...read.problems)
  }
  for (const [index, { where, profile }] of profiles.entries()) {
    const other = profiles.slice(0, index).find((each) => each.profile.name === profile.name)
    if (other) problems.push(`${where}: spec.profileName ${profile.name} is that of ${other.where}, too`)
  }
  if (problems.length > 0) throw new Refusal('nothing was applied:', 1, problems)
  return profiles
}

async function mustBeFile(file: string): Promise<void> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) throw new Refusal(`there is no file ${file}`)
}

/** Resolves with the image when it is ready; tells how far it is. @throws Refusal when it cannot be added */
export async function untilReady(client: Client, image: Image): Promise<Image> {
  const line = progressLine(process.stderr)
  for (let now = image; ; now = await client('getImage', { params: { id: image.id } })) {
    if (now.state === 'ready' || now.state === 'failed') line.end()
    if (now.state === 'ready') return now
    if (now.state === 'failed')
      throw new Refusal(`the image ${now.name} was not added: ${now.reason?.text ?? NO_REASON}`)
    line.show(`image ${now.name}`, now.progress)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const notKnown = (unknown: string[]) => (unknown.length > 0 ? `not known, left out: ${unknown.join(', ')}` : null)

const describeRead = (profiles: ReadProfile[]) =>
  table(
    ['PROFILE', 'IMAGE', 'FROM', 'NOTE'],
    profiles.map(({ profile, image, unknown }) => [
      profile.name,
      image.name,
      profile.source.imageUrl,
      notKnown(unknown),
    ]),
  )

export const describeApplied = (done: Applied[]) =>
  table(
    ['PROFILE', 'RESULT', 'IMAGE', '', 'NOTE'],
    done.map(({ profile, result, image, imageResult, unknown }) => [
      profile,
      result,
      image,
      imageResult,
      notKnown(unknown),
    ]),
  )
