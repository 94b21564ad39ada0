import { LIMITS } from '../limits.ts'
import { list, mapping } from '../shape/collections.ts'
import { oneOf, text, truth } from '../shape/scalars.ts'
import type { ReadOf } from '../shape/shape.ts'

/** A path with `.`, `..` and double slashes resolved, as names alone; links are not followed. */
export function lexical(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** What is wrong with the path of a file that is to be written to a unit, as words that follow its name; null: nothing. */
export function pathFault(path: string): string | null {
  if (!path.startsWith('/')) return 'must be absolute'
  if (path.endsWith('/')) return 'names a directory'
  const plain = lexical(path)
  // both lead to /run, which is empty at every boot
  if (/^\/var\/(?:run|lock)(?:\/|$)/.test(plain))
    return 'lies below /var/run or /var/lock, which no boot leaves as it was'
  return /^\/(?:etc|var)\/./.test(plain) ? null : `is ${plain}, outside of /etc and /var`
}

/** Whether text is base64 as a file's content may be: in lines of any length. */
export const isBase64 = (text: string): boolean =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/\s/g, ''))

const file = mapping(
  'A file that is written before any command runs.',
  {
    path: text('Where: below /etc or /var.', {
      most: 4095,
      fault: pathFault,
      remedy: 'Write a path below /etc or /var.',
      example: '/etc/motd',
    }),
    content: text('What it holds.', { most: 128 * 1024, lines: true }),
    owner: text('user:group; left out: root:root.', {
      pattern: /^[a-z_][a-z0-9_-]{0,31}(?::[a-z_][a-z0-9_-]{0,31})?$/,
      must: 'user:group',
    }),
    permissions: text('Octal; left out: 0644.', {
      pattern: /^0?[0-7]{3,4}$/,
      must: 'octal, such as 0644',
      example: '0644',
    }),
    append: truth('Whether it is appended to what is there, instead of taking its place.'),
    encoding: oneOf('How the content is written here; left out: as it is.', ['base64']),
  },
  {
    required: ['path'],
    aliases: { mode: 'permissions' },
    check({ encoding, content = '' }, at) {
      if (encoding === 'base64' && !isBase64(content))
        at('content').mistake('The content is not base64', 'Encode it with `base64`, or leave the encoding out.')
    },
  },
)
export type GivenFile = ReadOf<typeof file>

export const files = list('Files of the unit.', file, { most: LIMITS.files, orOne: true })
