import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  bytes,
  type CallInput,
  type Client,
  type Image,
  type ImageFacts,
  ImageFormat,
  type ImageUpload,
  imageNameOf,
  type K3sUnseen,
  NO_REASON,
  ProblemError,
} from '@eims/contracts'
import { INSTALL_SCRIPT } from '@eims/edge-config'
import { type Call, command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { readCa } from '../connection.ts'
import { harmless } from '../harmless.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { defined } from '../needed.ts'
import { clock, fields } from '../output.ts'
import { listFlags } from '../pages.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { signersText } from '../secure-boot-text.ts'
import { sendImage } from '../send-image.ts'

const flags = {
  name: { type: 'string', value: 'NAME', says: 'name in the registry (default: the file’s name without its endings)' },
  sha256: {
    type: 'string',
    value: 'HEX',
    says: 'digest that the publisher gives for the file; nothing is kept when it differs. A URL needs one',
  },
  architecture: { type: 'string', oneOf: ['x86_64', 'arm64'], value: 'A', says: 'x86_64 (default) or arm64' },
  format: {
    type: 'string',
    oneOf: ImageFormat.options,
    value: 'F',
    says: 'raw, gz, xz, zst, qcow2 or archive, which is tar, packed or not (default: told by the file’s first bytes); addons is what addons add sends',
  },
  'source-url': {
    type: 'string',
    value: 'URL',
    says: 'where its publisher has the file: workflows that name this URL, or this reference of an OCI registry, get the image (default: the URL that it is fetched from, without its query)',
  },
  'image-ca': {
    type: 'string',
    value: 'FILE',
    says: 'CA of the server that the URL names, when its system does not know it',
  },
  'no-wait': {
    type: 'boolean',
    says: 'return while the server works: at once for a URL, for a file when it has been sent',
  },
} as const

const add = command({
  name: 'images add',
  summary: 'add an OS image (raw, gz, xz, zst, qcow2 or a tar archive) from a file or by its URL',
  usage: 'FILE [OPTIONS]\nURL --sha256 HEX [OPTIONS]\noci://REGISTRY/NAME:TAG [OPTIONS]',
  words: {
    usage: 'FILE|URL',
    what: 'image file',
    says: 'a file here, or an http:// or https:// address, or an image of a registry of containers (oci://), that the server fetches (through the site’s proxy)',
    least: 1,
    most: 1,
  },
  options: flags,
  about: `The image is read once, its digest is checked, it is cut into verified pieces and those are kept. FILE may be
deleted afterwards. It is sent to the server, where a connection that breaks is made again; after Ctrl-C the
same command goes on where it was. A file in a folder of eims up --image-folder is read by the server itself.
A tar archive (also packed by gzip, xz or zstd) is for workflows that unpack it (archive2disk); one that
holds a disk's image is to be unpacked before.`,
  async run(call) {
    const image = /^(?:https?|oci):/i.test(call.name) ? await addUrl(call) : await addFile(call)
    call.show(call.values['no-wait'] ? image : await converted(call.client, image), describe)
  },
})

const describedBy = (values: Call<typeof flags>['values'], file: string) =>
  defined({
    name: values.name ?? imageNameOf(file),
    architecture: values.architecture,
    format: values.format,
    sha256: values.sha256,
    sourceUrl: values['source-url'],
  }) as Pick<Image, 'name'> & Partial<Pick<Image, 'architecture' | 'format'>> & { sha256?: string; sourceUrl?: string }

async function addUrl({ name: url, values, client }: Call<typeof flags>): Promise<Image> {
  const address = URL.parse(url)
  if (!address) throw new Refusal(`"${url}" is no URL`, 2)
  if (!values.sha256 && address.protocol !== 'oci:')
    throw new Refusal('a URL needs --sha256: the digest that the publisher gives', 2)
  const ca = values['image-ca']
  const body = {
    ...describedBy(values, address.pathname),
    url,
    ...(ca ? { caCertificate: readCa(ca, '--image-ca') } : {}),
  }
  return client('addImage', { body: body as CallInput<'addImage'>['body'] })
}

async function addFile(call: Call<typeof flags>): Promise<Image> {
  const { name, values, client, server } = call
  const path = resolve(name)
  if (!existsSync(path)) throw new Refusal(`there is no file ${path}`)
  if (!statSync(path).isFile()) throw new Refusal(`${path} is no file`)
  if (values['image-ca']) throw new Refusal('--image-ca is for a URL', 2)
  const described = describedBy(values, path)
  if (server.local) {
    const read = await client('addImage', { body: { ...described, path } }).catch(unlessNotItsFile)
    if (read) return read
  }
  return sendImage(call, described, path)
}

/** A server of this machine reads its image folders itself; where the file is elsewhere, its bytes are sent. */
function unlessNotItsFile(error: unknown): null {
  if (error instanceof ProblemError && error.fields?.some((field) => field.path === 'body.path')) return null
  throw error
}

/** @returns the image when it is ready @throws Refusal when it failed */
export async function converted(client: Client, image: Image): Promise<Image> {
  const line = progressLine(process.stderr)
  for (;;) {
    const now = await client('getImage', { params: { id: image.id } })
    if (now.state !== 'converting') {
      line.end()
      if (now.state === 'failed')
        throw new Refusal(`the image ${now.name} was not added: ${now.reason?.text ?? NO_REASON}`)
      return now
    }
    line.show(`reading ${now.name}`, now.progress)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

const describe = (image: Image, screen?: Screen) =>
  fields(
    [
      ['name', image.name],
      ['architecture', image.architecture],
      ['format', image.format],
      ['state', image.state],
      ['reason', image.reason?.text],
      ['size on disk', bytes(image.rawSize)],
      ['to transfer', bytes(image.storedSize)],
      ['published at', image.sourceUrl],
      ['sha256 of the file', image.sourceSha256],
      ['sha256 raw', image.rawSha256],
      ['manifest', image.manifestSha256],
      ...(image.facts ? factRows(image.facts) : []),
      ...k3sRows(image),
      ...image.warnings.map(({ text }): [string, string] => ['warning', text]),
    ],
    screen,
  )

/** What was found in an image, in the order in which a machine meets it. */
function factRows(facts: ImageFacts): [string, string][] {
  if (facts.addons) return [['holds', 'a set of addons: see addons list']]
  if (facts.archive) return [['holds', 'a tar archive, for workflows that unpack it']]
  const { table: kind, sectorSize, usedEnd, freeEntries, esp, bios } = facts
  const loaders = esp?.loaders ? esp.loaders.join(', ') || 'no loader' : 'unreadable'
  const ways = bios.partition === null ? 'code, no partition to go on with' : `code and partition ${bios.partition}`
  return [
    ['partition table', `${kind}, ${freeEntries} free, for ${sectorSize}-byte sectors`],
    ['partitions end at', bytes(usedEnd)],
    ['UEFI', esp ? `partition ${esp.partition}: ${loaders}` : 'no EFI system partition'],
    ...(esp?.signed ?? []).map((each): [string, string] => ['signed by', `${each.path}: ${signersText(each)}`]),
    ['BIOS', bios.code ? ways : 'no boot code'],
  ]
}

const unseen: Record<K3sUnseen, string> = {
  'file-system': 'not all of its file systems are ext4',
  'took-too-long': 'it took too long',
  unreadable: 'a file system of it is damaged, or has features that are not known',
}

function k3sRows({ facts, k3sVersion }: Image): [string, string][] {
  const said: [string, string][] = k3sVersion === null ? [] : [['K3s, as was said', k3sVersion]]
  const k3s = facts?.k3s
  if (!k3s) return said
  const { found, version, path, installScript, archives, why, fileSystems } = k3s
  const parts = [
    path === null ? 'no binary' : `${version ?? 'of unknown version'} in ${path}`,
    installScript ? INSTALL_SCRIPT : `no ${INSTALL_SCRIPT}`,
    ...archives,
  ]
  const kinds = fileSystems.length > 0 ? ` (${fileSystems.join(', ')})` : ''
  return [
    ...said,
    ...(found === 'yes' ? [['K3s', parts.join(', ')] as [string, string]] : []),
    ...(found === 'no' ? [['K3s', 'none'] as [string, string]] : []),
    ...(why === null ? [] : [['K3s, not looked into', `${unseen[why]}${kinds}`] as [string, string]]),
  ]
}

const setFlags = {
  'k3s-version': {
    type: 'string',
    value: 'V|none',
    says: 'the K3s that is in it, such as v1.33.5+k3s1, or none; "" for what was found',
  },
} as const

const set = command({
  name: 'images set',
  summary: 'say which K3s an image has',
  usage: 'IMAGE --k3s-version V|none',
  words: one('image', undefined, 'image'),
  options: setFlags,
  about: `images add looks for K3s in file systems that are ext4, and images show tells what it found. What a person
says counts before that: for an image into which it could not look, or whose K3s is installed in a way of
its own. Units of an image with K3s become clusters of one node, unless a config-file says otherwise.

  ./eims images set edge-image --k3s-version v1.33.5+k3s1`,
  async run({ name, values, client, show }) {
    const said = values['k3s-version']
    if (said === undefined) throw new Refusal('say with --k3s-version what is in it; see --help', 2)
    show(
      await client('patchImage', { params: { id: name }, body: { k3sVersion: said === '' ? null : said } }),
      describe,
    )
  },
})

const list = command({
  name: 'images list',
  summary: 'list the images',
  options: {
    ...listFlags({ filter: 'state = ready AND name = debian-*', orderBy: 'state, name' }),
    ...formatFlags('name,state,sha256'),
  },
  about: `Files that are being sent, or were interrupted, follow below: the same images add goes on with them. As JSON they have the
state "uploading". With --filter they are left out.`,
  run: (call) => printList(call, 'listImages', listing, call.values.filter ? undefined : () => comingOf(call.client)),
})

/** Image files of which the server has a part. */
async function comingOf(client: Client) {
  const { items } = await client('listUploads', {})
  return {
    items: items.map((upload) => ({ ...upload, state: 'uploading', progress: upload.received / upload.size })),
    text: items.map((upload) => `${uploadLine(upload)}\n`).join(''),
  }
}

const uploadLine = ({ name, received, size, expiresAt }: ImageUpload) =>
  `${harmless(name)}: ${Math.floor((received / size) * 100)} % of ${bytes(size)} has been sent; images add goes on with it until ${clock(expiresAt)}`

const listing: Listing<Image> = {
  none: 'no images\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'arch', yields: 3, cell: ({ architecture }) => architecture },
    { name: 'format', yields: 2, cell: ({ format }) => format },
    {
      name: 'state',
      cell: ({ state }) => state,
      tint: (state) => (state === 'ready' ? 'good' : state === 'failed' ? 'bad' : 'busy'),
    },
    { name: 'size', yields: 4, cell: ({ rawSize }) => bytes(rawSize) },
    { name: 'stored', yields: 1, cell: ({ storedSize }) => bytes(storedSize) },
    { name: 'from', wide: true, cell: ({ sourceUrl }) => sourceUrl },
    { name: 'sha256', wide: true, cell: ({ sourceSha256 }) => sourceSha256 },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'reason', cell: ({ reason }) => reason?.text },
  ],
}

const show = command({
  name: 'images show',
  summary: 'show one image',
  words: one('image', undefined, 'image'),
  async run({ name, client, show }) {
    show(await client('getImage', { params: { id: name } }), describe)
  },
})

const remove = command({
  name: 'images delete',
  summary: 'remove an image that no profile uses',
  words: one('image', undefined, 'image'),
  options: yesFlag,
  about: `An image that is under conversion is stopped. Pieces that another image, or a run that may go on, needs stay.`,
  async run({ name, values, client, show }) {
    await confirm(`The image ${name} will be removed, with its pieces.`, values)
    const done = await client('deleteImage', { params: { id: name } })
    show(done, () => `${done.stopped ? 'its conversion was stopped; ' : ''}${freed('frees', done)}\n`)
  },
})

const freed = (does: string, { pieces, bytes: size }: { pieces: number; bytes: number }) =>
  `${does} ${bytes(size)} (${pieces} pieces)`

const cancel = command({
  name: 'images cancel',
  summary: 'end the conversion of an image, or give up the sending of its file',
  words: one('image', undefined, 'image'),
  about: `The image becomes failed; its name is free, and what was stored of it is removed. So is what the server has of a file that
was sent in part: without this it waits for a day.`,
  async run({ name, client, show }) {
    try {
      show(await client('cancelImage', { params: { id: name } }), describe)
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not-found') throw error
      const upload = await client('deleteUpload', { params: { id: name } }).catch(() => {
        throw error
      })
      show(upload, ({ received, size }) => `${name} was given up; ${bytes(received)} of ${bytes(size)} had been sent\n`)
    }
  },
})

const prune = command({
  name: 'images prune',
  summary: 'remove failed images that no profile uses, and stored pieces that nothing needs',
  options: { ...yesFlag, 'dry-run': { type: 'boolean', says: 'only tell what would be removed' } },
  about: `The server does so by itself: at once after a failure or a removal, and once a day. A prune is for what a server that
was killed left behind. Pieces that an image, or a run that may go on, needs stay.`,
  async run({ values, client, show }) {
    const dryRun = values['dry-run'] ?? false
    if (!dryRun)
      await confirm('Failed images that no profile uses will be removed, with all pieces that nothing needs.', values)
    const done = await client('pruneImages', { body: { dryRun } })
    const names = done.images.length > 0 ? `failed images: ${done.images.join(', ')}\n` : ''
    show(done, () => `${names}${freed(dryRun ? 'would free' : 'freed', done)}\n`)
  },
})

export const imageVerbs = [add, list, show, set, cancel, remove, prune]
