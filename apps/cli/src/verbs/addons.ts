import { type Addon, AddonName, bytes, type CallInput, type Image, unlessMissing } from '@eims/contracts'
import { DNS_LABEL } from '@eims/edge-config'
import { type Given, readGiven } from '../addons/given.ts'
import { packSet } from '../addons/pack.ts'
import { type Call, command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { clock, fields, table } from '../output.ts'
import { listFlags } from '../pages.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { sendBlob } from '../send-image.ts'
import { converted } from './images.ts'

const flags = {
  checksum: {
    type: 'string',
    multiple: true,
    value: 'FILE=HEX',
    says: 'SHA-256 that the publisher gives for an archive of images; or give its SHA256SUMS file along',
  },
  values: { type: 'string', value: 'FILE', says: 'values of the chart, as YAML' },
  namespace: { type: 'string', value: 'NAMESPACE', says: 'where the chart’s objects go; it is made' },
  architecture: {
    type: 'string',
    oneOf: ['x86_64', 'arm64'],
    value: 'A',
    says: 'of the machines that it is for: x86_64 (default) or arm64',
  },
  note: { type: 'string', value: 'TEXT', says: 'for people' },
} as const

const add = command({
  name: 'addons add',
  summary: 'make a set of addons (manifests, charts, images of containers) that profiles with K3s can have',
  usage: 'NAME FILE... [OPTIONS]',
  words: { usage: 'NAME FILE...', what: 'name and files', least: 2, most: 65 },
  options: flags,
  about: `
FILE is one of these:
  .yaml .yml .json                     a manifest
  .tgz                                 a Helm chart as helm package makes it, up to 1 MiB
  .tar .tar.gz .tar.zst .tar.lz4       an archive of images of containers, for units without a registry
  .txt                                 a list of images that K3s pulls
  SHA256SUMS                           the publisher's checksums of the archives

All are checked before anything is sent, and every mistake is told with its file, line and column. The same
files again change nothing; others are a new version of the set, which machines get when they are imaged
again. docs/addons.md has it all.

  ./eims addons add calico tigera-operator.yaml calico-images.tar.zst SHA256SUMS
  ./eims profiles set edge --addon calico`,
  async run(call) {
    const { words, values, client, show } = call
    const [given, ...files] = words
    const name = AddonName.safeParse(given)
    if (!name.success) throw new Refusal(`the name ${given} ${name.error.issues[0]?.message}`, 2)
    const namespace = values.namespace ?? null
    if (namespace !== null && !DNS_LABEL.test(namespace))
      throw new Refusal(`--namespace ${namespace} must be 1 to 63 lower-case letters, digits or hyphens`, 2)
    const parts = readGiven({ files, checksums: values.checksum ?? [], namespace, values: values.values ?? null })
    tellUnchecked(parts)
    const was = await client('getAddon', { params: { id: name.data } }).catch(unlessMissing)
    const image = await brought(call, name.data, parts)
    const note = values.note === undefined ? (was?.note ?? null) : values.note || null
    const body = { name: name.data, image, note }
    const made = was ? await client('putAddon', { params: { id: was.id }, body }) : await client('addAddon', { body })
    show(made, describe)
  },
})

/** The name of the image that is the archive of a set, sent unless the store has it. */
async function brought(call: Call<typeof flags>, name: string, parts: Given[]): Promise<string> {
  const { client, values } = call
  const { blob, sha256 } = await packSet(parts, progressLine(process.stderr))
  const architecture = values.architecture ?? 'x86_64'
  const described = {
    name: `addons-${name}-${sha256.slice(0, 12)}`,
    architecture,
    format: 'addons',
    sha256,
  } as CallInput<'beginUpload'>['body'] & Pick<Image, 'name'>
  const stored = await client('getImage', { params: { id: described.name } }).catch(unlessMissing)
  const isThere = stored && stored.state !== 'failed'
  if (isThere && stored.architecture !== architecture)
    throw new Refusal(`this very set is there for ${stored.architecture}: give it another name for ${architecture}`)
  await converted(client, isThere ? stored : await sendBlob(call, described, { blob, fingerprint: sha256 }))
  return described.name
}

function tellUnchecked(parts: readonly Given[]): void {
  const unchecked = parts.filter(({ source, sha256 }) => 'file' in source && sha256 === null)
  for (const { source } of unchecked)
    process.stderr.write(
      `eims: nobody says the SHA-256 of ${'file' in source ? source.file : ''}: it is taken as it is\n`,
    )
}

const describe = (addon: Addon, screen?: Screen) =>
  `${fields(
    [
      ['name', addon.name],
      ['version', addon.version],
      ['note', addon.note],
      ['architecture', addon.architecture],
      ['size on disk', bytes(addon.size)],
      ['to transfer', bytes(addon.storedSize)],
      ['sha256', addon.sha256],
      ['image', addon.image],
      ['profiles', addon.profiles.join(', ')],
      ['made', clock(addon.createdAt)],
      ['changed', clock(addon.updatedAt)],
    ],
    screen,
  )}\n${table(
    ['FILE', 'SIZE', 'SHA256'],
    addon.files.map(({ path, size, sha256 }) => [path, bytes(size), sha256]),
    screen,
  )}`

const listing: Listing<Addon> = {
  none: 'no addons\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'version', cell: ({ version }) => String(version) },
    { name: 'arch', yields: 2, cell: ({ architecture }) => architecture },
    { name: 'files', yields: 3, cell: ({ files }) => String(files.length) },
    { name: 'size', yields: 4, cell: ({ size }) => bytes(size) },
    { name: 'profiles', yields: 1, cell: ({ profiles }) => profiles.join(', ') },
    { name: 'sha256', wide: true, cell: ({ sha256 }) => sha256 },
    { name: 'changed', wide: true, cell: ({ updatedAt }) => clock(updatedAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'note', cell: ({ note }) => note },
  ],
}

const list = command({
  name: 'addons list',
  summary: 'list the sets of addons',
  options: {
    ...listFlags({ filter: 'name = calico-*', orderBy: 'name desc' }),
    ...formatFlags('name,version,profiles'),
  },
  run: (call) => printList(call, 'listAddons', listing),
})

const show = command({
  name: 'addons show',
  summary: 'one set of addons, with its files',
  words: one('addon', undefined, 'addon'),
  async run({ name, client, show: print }) {
    print(await client('getAddon', { params: { id: name } }), describe)
  },
})

const remove = command({
  name: 'addons delete',
  summary: 'remove a set of addons that no profile has',
  words: one('addon', undefined, 'addon'),
  options: yesFlag,
  about: 'Its archive goes with it; a run that was made already keeps what it was made with.',
  async run({ name, values, client }) {
    await confirm(`The set of addons ${name} will be removed, with its archive.`, values)
    await client('deleteAddon', { params: { id: name } })
  },
})

export const addonVerbs = [add, list, show, remove]
