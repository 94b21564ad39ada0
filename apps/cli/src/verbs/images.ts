import { existsSync, openAsBlob } from 'node:fs'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Client, Image } from '@eims/contracts'
import { type ConnectionFlags, connect, connectionHelp, connectionOptions } from '../connection.ts'
import { oneName } from '../one-name.ts'
import { bytes, fields, progressLine, table } from '../output.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'

const row = (image: Image) => [
  image.name,
  image.architecture,
  image.format,
  image.state,
  bytes(image.rawSize),
  bytes(image.storedSize),
  image.reason,
]

const add: Verb = {
  name: 'images add',
  summary: 'add an OS image (raw, gz, xz, zst or qcow2)',
  help: `usage: ./eims images add FILE [--name NAME] [--sha256 DIGEST] [OPTIONS]

Reads the image once, checks its digest, cuts it into verified pieces and keeps those. FILE may be deleted afterwards.

  --name NAME    name in the registry (default: the file's name without its endings)
  --sha256 HEX   digest that the publisher gives for FILE; nothing is kept when it differs
  --arch ARCH    x86_64 (default) or arm64
  --format F     raw, gz, xz, zst or qcow2 (default: told by the file's first bytes)
  --no-wait      return at once, while the server converts
${connectionHelp}`,
  async run(argv, env) {
    const {
      name: file,
      values,
      client,
    } = oneName(argv, env, 'image file', {
      name: { type: 'string' },
      sha256: { type: 'string' },
      arch: { type: 'string' },
      format: { type: 'string' },
      'no-wait': { type: 'boolean' },
    })
    const path = resolve(file)
    if (!existsSync(path)) throw new Refusal(`there is no file ${path}`)
    const described = {
      name: values.name ?? basename(path).replace(/(\.(raw|img|qcow2|gz|xz|zst|zstd))+$/i, ''),
      ...(values.arch ? { architecture: values.arch as Image['architecture'] } : {}),
      ...(values.format ? { format: values.format as Image['format'] } : {}),
      ...(values.sha256 ? { sha256: values.sha256 } : {}),
    }
    const image = isRemote(values, env)
      ? await client('uploadImage', { query: described }, { rawBody: await openAsBlob(path), timeout: 24 * 3600_000 })
      : await client('addImage', { body: { ...described, path } })
    const ready = values['no-wait'] ? image : await converted(client, image)
    print(ready, values.json, describe)
  },
}

const isRemote = (flags: ConnectionFlags, env: NodeJS.ProcessEnv) => Boolean(flags.server ?? env.EIMS_SERVER)

async function converted(client: Client, image: Image): Promise<Image> {
  const line = progressLine(process.stderr)
  for (;;) {
    const now = await client('getImage', { params: { id: image.id } })
    if (now.state !== 'converting') {
      line.end()
      if (now.state === 'failed') throw new Refusal(`the image ${now.name} was not added: ${now.reason}`)
      return now
    }
    line.show(`reading ${now.name}`, now.progress)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

const describe = (image: Image) =>
  fields([
    ['name', image.name],
    ['architecture', image.architecture],
    ['format', image.format],
    ['state', image.state],
    ['reason', image.reason],
    ['size on disk', bytes(image.rawSize)],
    ['to transfer', bytes(image.storedSize)],
    ['sha256 of the file', image.sourceSha256],
    ['sha256 raw', image.rawSha256],
    ['manifest', image.manifestSha256],
  ])

const list: Verb = {
  name: 'images list',
  summary: 'list the images',
  help: `usage: ./eims images list [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: connectionOptions })
    const reply = await connect(values, env)('listImages', {})
    print(reply, values.json, ({ items }) =>
      table(['NAME', 'ARCH', 'FORMAT', 'STATE', 'SIZE', 'STORED', 'REASON'], items.map(row)),
    )
  },
}

const show: Verb = {
  name: 'images show',
  summary: 'show one image',
  help: `usage: ./eims images show NAME [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'image', {})
    print(await client('getImage', { params: { id: name } }), values.json, describe)
  },
}

const remove: Verb = {
  name: 'images delete',
  summary: 'remove an image that no profile uses',
  help: `usage: ./eims images delete NAME [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { name, client } = oneName(argv, env, 'image', {})
    await client('deleteImage', { params: { id: name } })
  },
}

export const imageVerbs = [add, list, show, remove]
