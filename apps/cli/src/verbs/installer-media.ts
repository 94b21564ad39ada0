import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { bytes, Sha256, withHiddenSecrets } from '@eims/contracts'
import {
  checkPieces,
  decodeReports,
  newestOf,
  piecesOf,
  pristineHash,
  REPORTS,
  RESERVED,
  readCustomization,
  readReports,
} from '@eims/medium'
import { configOfAll, gather, hasBootFiles } from '../boot-media/contents.ts'
import { areaOf, customizationOf, forWhom, keepToOwner, NOTHING, withMedium } from '../boot-media/customize.ts'
import { isFile, nameOf } from '../boot-media/file-or-name.ts'
import { writeInstaller } from '../boot-media/installer.ts'
import { ofFiles } from '../boot-media/of-files.ts'
import { ofServer } from '../boot-media/of-server.ts'
import { besideOut, outFile } from '../boot-media/out.ts'
import { readProfileFile } from '../boot-media/profile-file.ts'
import { requireRoom } from '../boot-media/room.ts'
import { mediaTools } from '../boot-media/tools.ts'
import { command } from '../command.ts'
import { helpOf, json, oneFile, tell } from '../edge-config/verb.ts'
import { fields, progressLine, table } from '../output.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import { makeBootFiles } from '../up/boot-files.ts'
import { artifactsOf, placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'

const customFlags = {
  config: { type: 'string', value: 'FILE', says: 'config-file of the machines (default: none)' },
  list: {
    type: 'string',
    value: 'FILE',
    says: 'CSV with Serial and Name, and where they differ Profile and Config: only these machines are installed',
  },
} as const

const installer = command({
  name: 'boot-media installer',
  summary: 'write a stick or disc that installs machines without server and network',
  usage: 'OUT --image IMAGE | --profile PROFILE [OPTIONS]',
  words: { usage: 'OUT', what: 'file to write', least: 1, most: 1 },
  options: {
    image: {
      type: 'string',
      value: 'IMAGE',
      says: 'install this image, with what a profile has by default; or with one --profile, in place of its own',
    },
    profile: {
      type: 'string',
      multiple: true,
      value: 'PROFILE',
      says: 'install by this profile; of several, the first is for machines that no list names',
    },
    addons: {
      type: 'string',
      multiple: true,
      value: 'ADDONS',
      says: 'what units with K3s get besides: a set of the server, or a file as eims addons add takes it (several: one set)',
    },
    sha256: { type: 'string', value: 'HEX', says: 'of an image file, as its publisher gives it' },
    overwrite: { type: 'boolean', says: 'with --image: also disks that hold something (default: only blank ones)' },
    ...customFlags,
    from: {
      type: 'string',
      value: 'URL',
      says: 'the server’s address for machines, where the chunks are (default: port 7480 of its host)',
    },
  },
  about: `
IMAGE, PROFILE and ADDONS are names on a server, or files: a word with a / in it, or that ends as such
files do (.raw .img .qcow2 .gz .xz .zst; .yaml .json; .tgz .tar .txt). With files alone no server is asked.
A profile as a file is what eims profiles show --json prints; its image may be a file, too.

For UEFI, with Secure Boot enforcing or not, and for BIOS; x86-64. No root. The same inputs give the same
bytes, but for what --config and --list put into its reserved area (boot-media customize changes that later).
Write it to a stick with: dd if=OUT of=/dev/sdX bs=4M conv=fsync. docs/boot-media.md has it all.

  ./eims boot-media installer pos.img --image ./debian-13.raw.xz --config pos.yaml
  ./eims boot-media installer pos.img --profile pos --config pos.yaml --list pos.csv`,
  async run(call) {
    const { name, values, env, show } = call
    const profiles = values.profile ?? []
    if (values.image === undefined && profiles.length === 0)
      throw new Refusal('give --image, or --profile once or more', 2)
    if (values.image !== undefined && profiles.length > 1)
      throw new Refusal('--image is for one profile; of several each has its own', 2)
    if (values.overwrite && profiles.length > 0)
      throw new Refusal('--overwrite is for --image alone; a profile says it itself', 2)
    const sha256 = digestOf(values.sha256, values.image)
    const { image, config, list, addons = [] } = values
    const out = await outFile(name, [image ?? [], config ?? [], list ?? [], profiles, addons].flat())
    // before anything is fetched or read
    const files = new Map(profiles.filter(isFile).map((path) => [path, readProfileFile(path)]))
    const names =
      image !== undefined && profiles.length === 0
        ? [nameOf(image)]
        : profiles.map((each) => files.get(each)?.profile.name ?? each)
    const custom = customizationOf(values, names)
    areaOf(custom.customization)
    tell(custom.warnings)
    const places = placesOf(env)
    const { artifactsDir } = artifactsOf(places)
    if (!hasBootFiles(artifactsDir)) makeBootFiles({ ...places, firmwareDir: undefined })
    const tools = mediaTools(places)
    const chunks = () => {
      const from = new URL(values.from ?? call.server.url)
      if (values.from === undefined) Object.assign(from, { protocol: 'http:', port: '7480' })
      return from.href
    }
    const made = await besideOut(out, async (work, signal) => {
      const gathered = await gather(
        { profiles, image, overwrite: values.overwrite ?? false, addons },
        {
          server: ofServer(() => call.client, chunks),
          files: ofFiles({ work, architecture: 'x86_64', sha256, programOf: tools.command, signal }),
          profileFile: (path) => files.get(path)!,
          artifactsDir,
        },
      )
      tell(gathered.notes)
      await requireRoom(
        gathered.contents.blobs.reduce((sum, [, size]) => sum + size, 0),
        dirname(out),
      )
      const common = custom.customization.config ?? configOfAll(gathered.configs, custom.customization.units)
      const customization = { ...custom.customization, config: common }
      const isCustom = common !== null || customization.units.length > 0
      const area = isCustom ? areaOf(customization) : undefined
      const line = progressLine(process.stderr)
      line.show('Laying out the medium', null)
      const { contents, fetch } = gathered
      const onProgress = (done: number, total: number) =>
        line.show('Writing', done / total, `${bytes(done)} of ${bytes(total)}`)
      const made = await writeInstaller({
        contents,
        fetch,
        artifactsDir,
        tools,
        custom: area,
        out,
        work,
        signal,
        onProgress,
      }).finally(() => line.end())
      return { ...made, customized: isCustom ? forWhom(customization) : null }
    })
    show({ file: out, ...made, customized: made.customized !== null }, (reply) =>
      fields([
        ['medium', `${reply.file}, ${bytes(reply.size)}`],
        ['pristine', reply.sha256],
        ['customized', made.customized ? `${made.customized} (boot-media reset takes that back)` : 'no'],
        ['next', `dd if=${reply.file} of=/dev/sdX bs=4M conv=fsync`],
      ]),
    )
  },
})

function digestOf(given: string | undefined, image: string | undefined): string | undefined {
  if (given === undefined) return undefined
  if (image === undefined || !isFile(image))
    throw new Refusal('--sha256 is for an image file; a server has checked its images', 2)
  const digest = Sha256.safeParse(given)
  if (!digest.success) throw new Refusal(`--sha256 ${digest.error.issues[0]?.message}`, 2)
  return digest.data
}

const offline = (
  verb: string,
  summary: string,
  about: string,
  flags: Parameters<typeof helpOf>[2],
  run: (medium: string, values: Record<string, string | boolean | undefined>) => Promise<void>,
): Verb => ({
  name: `boot-media ${verb}`,
  summary,
  help: helpOf(`boot-media ${verb} MEDIUM [OPTIONS]`, about, flags),
  async run(argv) {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: flags })
    await run(oneFile(positionals), values as Record<string, string | boolean | undefined>)
  },
})

const customize = offline(
  'customize',
  'give a medium that needs no server another config-file or list',
  `
MEDIUM is a file, or a stick (/dev/sdX). Only its reserved area is written, in place of what stood there: seconds, no root for
a file, and boot-media reset gives the pristine medium back. What is wrong is told with its line and column, and nothing is
written then.`,
  { ...customFlags, ...json },
  async (path, { config, list, json: asJson }) => {
    if (config === undefined && list === undefined) throw new Refusal('give --config, --list or both; see --help', 2)
    const customization = await withMedium(path, true, async ({ directory }, _source, put) => {
      const profiles = directory.profiles.map(({ profile }) => profile.name)
      const files = { config: config as string | undefined, list: list as string | undefined }
      const { customization, warnings } = customizationOf(files, profiles)
      tell(warnings)
      const area = areaOf(customization)
      await keepToOwner(path)
      await put(RESERVED.offset, area)
      return customization
    })
    const units = customization.units.length
    print(
      { medium: path, config: config !== undefined, units },
      asJson === true,
      () => `${path}: ${forWhom(customization)}\n`,
    )
  },
)

const reset = offline(
  'reset',
  'give a customized medium back as it was made',
  `
Clears the reserved area, and with --reports what machines left of their installations.`,
  { reports: { type: 'boolean', says: 'clear the reports, too; show them first' }, ...json },
  async (path, { reports, json: asJson }) => {
    await withMedium(path, true, async (_medium, _source, put) => {
      await put(RESERVED.offset, NOTHING)
      if (reports) await put(REPORTS.offset, Buffer.alloc(REPORTS.length))
    })
    print(
      { medium: path, reports: reports === true },
      asJson === true,
      () => `${path}: as it was made${reports ? '' : ', reports kept'}\n`,
    )
  },
)

const showMedium = offline(
  'show',
  'show what a medium that needs no server brings, is customized to, and what machines left on it',
  `
A report says INSTALLED when the disk was written and read back: nobody has seen that machine run. Passwords of a config-file are
shown as ***.`,
  {
    check: { type: 'boolean', says: 'read all of it, and say what is damaged, and its pristine SHA-256' },
    ...json,
  },
  async (path, { check, json: asJson }) => {
    const line = progressLine(process.stderr)
    const shown = await withMedium(path, false, async (medium, source) => {
      const { customization, digest } = await readCustomization(source, medium)
      const { reports, spoilt } = decodeReports(await readReports(source, medium))
      const { directory, id, base, length, size } = medium
      let done = 0
      const onBytes = (count: number) => {
        done += count
        line.show('Reading', Math.min(1, done / (base + length) / 2))
      }
      if (check) await checkPieces(source, piecesOf(medium), onBytes, new AbortController().signal)
      return {
        id,
        size,
        ...(check ? { pristine: await pristineHash(source, medium, size, onBytes) } : {}),
        architecture: directory.architecture,
        profiles: directory.profiles.map(({ profile, image, addons }) => ({
          name: profile.name,
          image: image.name,
          manifestSha256: image.manifestSha256,
          overwrite: profile.overwrite,
          finish: profile.finish,
          addons: addons.map(({ name }) => name),
        })),
        customized: digest !== null,
        config: customization.config === null ? null : withHiddenSecrets(customization.config),
        configs: Object.fromEntries(
          Object.entries(customization.configs).map(([name, text]) => [name, withHiddenSecrets(text)]),
        ),
        units: customization.units,
        reports: newestOf(reports),
        spoilt: spoilt.length,
      }
    }).finally(() => line.end())
    print(
      shown,
      asJson === true,
      ({ id, size, pristine, profiles, customized, config, configs, units, reports, spoilt }) =>
        [
          fields([
            ['medium', `${path}, ${bytes(size)}`],
            ['name', id],
            ...(pristine ? [['pristine', pristine] as [string, string]] : []),
            [
              'profiles',
              profiles
                .map(({ name, image, overwrite }) => `${name} (${image}${overwrite ? ', overwrites disks' : ''})`)
                .join(', '),
            ],
            ['customized', customized ? forWhom({ units, config }) : 'no'],
          ]),
          config === null ? '' : `\n${config}`,
          ...Object.entries(configs).map(([name, text]) => `\n# ${name}\n${text}`),
          units.length === 0
            ? ''
            : `\n${table(
                ['SERIAL', 'NAME', 'PROFILE', 'CONFIG'],
                units.map((unit) => [
                  unit.serial,
                  unit.name,
                  unit.profile,
                  unit.config ?? (config === null ? 'none' : 'the common one'),
                ]),
              )}`,
          reports.length === 0
            ? ''
            : `\n${table(
                ['NAME', 'SERIAL', 'STATE', 'AT', 'REASON'],
                reports.map((each) => [each.name, each.identity.serial, each.state, each.at, each.reason]),
              )}`,
          spoilt === 0
            ? ''
            : `\n${spoilt} pages of the reports cannot be read: power was cut there, or the medium is damaged\n`,
        ].join(''),
    )
  },
)

export const installerMediaVerbs = [installer, customize, showMedium, reset]
