/** What is wrong with a value, as the end of a sentence that begins with the variable's name; null: nothing. */
type Check = (value: string) => string | null

const matches =
  (pattern: RegExp, says: string): Check =>
  (value) =>
    pattern.test(value) ? null : says

const device = matches(
  /^\/dev(?:\/(?!\.{1,2}(?:\/|$))[\w.:+@-]+)+$/,
  'must be a block device, as /dev/sda or /dev/disk/by-id/NAME',
)
const SHELL_VARIABLE = /\$\{?[A-Za-z_]\w*\}?/

function url(value: string): string | null {
  const [variable] = SHELL_VARIABLE.exec(value) ?? []
  if (variable)
    return `holds ${variable}, which a script beside the template fills in and nobody does here: write what it stands for`
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return 'must be an http:// or https:// URL'
  return null
}

function path(value: string): string | null {
  if (!value.startsWith('/')) return 'must be an absolute path'
  if (value.endsWith('/')) return 'must end with the name of a file'
  return value.split('/').includes('..') ? 'must not hold ..' : null
}

export const kinds = {
  text: () => null,
  /** any text is yes, `false`, too; nothing is no */
  flag: () => null,
  /** Go's strconv.ParseBool */
  boolean: matches(/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/, 'must be true or false'),
  octal: matches(/^0?[0-7]{1,4}$/, 'must be an octal mode, as 0644'),
  id: matches(/^\d{1,9}$/, 'must be the number of a user or group'),
  number: matches(/^\d{1,9}$/, 'must be a whole number'),
  filesystem: matches(/^[a-z][a-z\d.]{1,15}$/, 'must be a file system type, as ext4'),
  device,
  path,
  url,
  urls: (value) => {
    const [wrong] = value.split(',').flatMap((each) => url(each.trim()) ?? [])
    return wrong ?? null
  },
  /** of an image in a registry; older templates write a scheme */
  reference: matches(
    /^(?:oci:\/\/|https?:\/\/)?[\w.:/@+-]{1,512}$/,
    'must name an image in a registry, as registry/name:tag',
  ),
  sha256: matches(/^[\da-f]{64}$/i, 'must be a SHA-256 digest: 64 hexadecimal digits'),
  digest: matches(/^(?:sha256:[\da-f]{64}|sha512:[\da-f]{128})$/i, 'must be sha256: or sha512: and the digest'),
  base64: (value) => (/^[A-Za-z\d+/]*={0,2}$/.test(value.replaceAll(/\s/g, '')) ? null : 'must be base64'),
} as const satisfies Record<string, Check>

/** What a value means, and so what it may be. */
export type Kind = keyof typeof kinds
