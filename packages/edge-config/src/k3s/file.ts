import { posix } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Field, quoted } from '@eims/placed-yaml'
import { isBase64 } from '../system/files.ts'
import { CONFIG, type ConfigFile, contentOf, secretContentOf } from './config.ts'
import { isContainerdTemplate, readContainerdTemplate } from './containerd.ts'
import { fieldsOf } from './keys.ts'
import { type Check, prose, word } from './values.ts'

/** The text of a key of a secret, for `contentFrom.secret`; null: there is none; undefined: nobody here knows. */
export type Resolve = (name: string, key: string) => string | null | undefined

interface SecretKey {
  name: string
  key: string
}

/** A file, and where what it holds stands. */
export interface PlacedFile {
  file: ConfigFile
  field: Field
  /** whose content it is, as far as it is of a secret */
  secret: SecretKey | null
}

const FIELDS = ['path', 'owner', 'permissions', 'encoding', 'content', 'contentFrom']
const MOST_FILES = 128
const MOST_BYTES = 1024 * 1024

/** `files`: a list, as the CRD has it, or one file alone. */
export function readFiles(field: Field | undefined, resolve: Resolve): PlacedFile[] {
  if (!field || field.isEmpty) return []
  const isOne = !field.isText && !field.isList
  if (isOne) field.warning('files is one file and no list: it is read as a list of it', 'Write `- ` before its path.')
  const files = (isOne ? [field] : (field.items(MOST_FILES) ?? [])).flatMap((item) => readFile(item, resolve) ?? [])
  const paths = new Set<string>()
  for (const { file, field: at } of files) {
    if (paths.has(file.path))
      at.warning(`${file.path} is written a second time: this one counts`, 'Leave one of them out.')
    paths.add(file.path)
  }
  return files
}

function readFile(field: Field, resolve: Resolve): PlacedFile | null {
  const fields = fieldsOf(field, FIELDS)
  const path = readPath(fields.get('path'), field)
  const owner = fields.has('owner') ? word(fields.get('owner')!, userAndGroup) : null
  const permissions = fields.has('permissions') ? word(fields.get('permissions')!, octal) : null
  const source = readContent(fields, field, resolve)
  if (path === null || source === null) return null
  const { at, secret } = source
  let { bytes } = source
  if (isContainerdTemplate(path)) {
    const text = readContainerdTemplate(bytes.toString(), at, secret !== null)
    if (text === null) return null
    bytes = Buffer.from(text)
  }
  const rest = { owner: owner ?? 'root:root', permissions: (permissions ?? '0644').padStart(4, '0') }
  const content = secret ? secretContentOf(bytes) : contentOf(bytes)
  return { file: { path, ...rest, ...content }, field: at, secret }
}

const userAndGroup: Check = (text) =>
  /^[a-z_0-9][a-z0-9_-]{0,31}(?::[a-z_0-9][a-z0-9_-]{0,31})?$/.test(text)
    ? null
    : ['is no owner', 'Write user or user:group, as root:root.']

const octal: Check = (text) =>
  /^[0-7]{3,4}$/.test(text) ? null : ['are no permissions', 'Write them in octal, as 0644.']

/** Lexically: what links there are on the disk is not known, but for those of every Linux. */
function readPath(field: Field | undefined, file: Field): string | null {
  const text = field?.word() ?? ''
  if (!field || text === '') return file.mistake('The file has no path', 'Write `path:` and where it is to be.')
  const path = posix.normalize(text)
  const refuse = (why: string, remedy: string) => field.mistake(`${quoted(text)} ${why}`, remedy)
  if (!/^\/(?:etc|var)\/.*[^/]$/s.test(path) || /\p{Cc}/u.test(path))
    return refuse('is no file below /etc or /var', 'Write a path there: the rest of the system is the image’s.')
  if (/^\/var\/(?:run|lock)(?:\/|$)/.test(path))
    return refuse('leads out of /var: it is a link to /run', 'Write a path in /etc or /var that is kept.')
  if (path === CONFIG)
    return refuse('is written with what agentConfig and serverConfig say', `Write a file of ${CONFIG}.d/ instead.`)
  return path
}

interface Source {
  bytes: Buffer
  at: Field
  secret: SecretKey | null
}

/** The bytes of a file, and where they stand; null: there are none, and it is told. */
function readContent(fields: Map<string, Field>, file: Field, resolve: Resolve): Source | null {
  const [content, from, encoding] = ['content', 'contentFrom', 'encoding'].map((name) => fields.get(name))
  if (content && from && !from.isEmpty)
    return from.mistake('The file has content and contentFrom', 'Leave one of them out.')
  const at = from && !from.isEmpty ? from : (content ?? file)
  const secret = at === from ? readSecretKey(from) : null
  if (at === from && !secret) return null
  const text = secret ? secretText(secret, at, resolve) : content ? prose(content) : ''
  const bytes = text === null ? null : decoded(text, encoding, at)
  if (bytes && bytes.length > MOST_BYTES)
    return at.mistake(`The file is larger than ${MOST_BYTES} bytes`, 'Put it into the image.')
  return bytes && { bytes, at, secret }
}

function readSecretKey(from: Field): SecretKey | null {
  const secret = fieldsOf(from, ['secret']).get('secret')
  const fields = secret && fieldsOf(secret, ['name', 'key'])
  const [name, key] = ['name', 'key'].map((each) => fields?.get(each)?.word() ?? '')
  if (name && key) return { name, key }
  return from.mistake('contentFrom names no secret', 'Write `secret:` and below it `name:` and `key:`.')
}

function secretText({ name, key }: SecretKey, from: Field, resolve: Resolve): string | null {
  const text = resolve(name, key)
  if (text === undefined)
    from.warning(
      `The server must hold ${quoted(key)} of a secret ${quoted(name)}`,
      'Set it there: eims secrets set NAME KEY=@FILE.',
    )
  if (text !== null) return text ?? null
  return from.mistake(
    `There is no ${quoted(key)} of a secret ${quoted(name)}`,
    'Make it: eims secrets set NAME KEY=@FILE; or write the content itself.',
  )
}

/** As cloud-init decodes it. `gzip` alone is for bytes, and a document holds text. */
function decoded(text: string, encoding: Field | undefined, at: Field): Buffer | null {
  const how = (encoding?.word() ?? '').toLowerCase()
  if (how === '') return Buffer.from(text)
  if (how !== 'base64' && how !== 'gzip+base64')
    return encoding!.mistake(`There is no encoding ${quoted(how)}`, 'Write base64 or gzip+base64, or plain text.')
  if (!isBase64(text))
    return at.mistake('The content is not base64', 'Encode it with `base64`, or leave the encoding out.')
  const bytes = Buffer.from(text, 'base64')
  if (how === 'base64') return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES })
  } catch {
    return at.mistake(
      `The content is no gzip of at most ${MOST_BYTES} bytes`,
      'Pack it with `gzip`, or leave gzip out of the encoding.',
    )
  }
}
