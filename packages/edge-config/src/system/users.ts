import { LocalAccount, SshPublicKey } from '@eims/contracts'
import { LIMITS } from '../limits.ts'
import { list, mapping } from '../shape/collections.ts'
import { text, truth } from '../shape/scalars.ts'
import type { ReadOf } from '../shape/shape.ts'

/** The schemes of libxcrypt, crypt(5): a hash made elsewhere goes to the unit as it is. */
const CRYPT_HASH = /^(?:\$(?:y|gy|7|6|5|2[abxy]|1)\$[./A-Za-z0-9$=,+-]{8,}|\*\*\*)$/

/** What a schema of the contracts has against a text, as words that follow the field's name; null: nothing. */
const faultOf =
  (schema: { safeParse(given: string): { success: boolean; error?: { issues: { message: string }[] } | undefined } }) =>
  (given: string): string | null =>
    schema.safeParse(given).error?.issues[0]?.message ?? null

export const sshKey = text('A public key (one line of an authorized_keys file) with which every user may log in.', {
  most: 16_384,
  fault: faultOf(SshPublicKey),
  remedy: 'Write the whole line of the .pub file.',
  example: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… me@desk',
})

const user = mapping(
  'A user of the unit. With no password the user logs in with a key.',
  {
    username: text('The name; root is the one that there is already.', {
      most: 32,
      fault: (name) => (name === 'root' ? null : faultOf(LocalAccount.shape.userName)(name)),
      remedy: 'Write another name, such as edge.',
      example: 'edge',
    }),
    password: text(
      'The password in base64; one line break at its end is dropped. It is stored and sent only as a hash.',
      {
        secret: true,
        fault: (given) => (decoded(given) === null ? passwordFault(given) : textFault(decoded(given)!)),
        remedy: 'Write base64 of the password: `echo PASSWORD | base64`; the text itself is a plainPassword.',
      },
    ),
    plainPassword: text('The password as it is typed. It is stored and sent only as a hash.', {
      secret: true,
      most: 512,
    }),
    passwordHash: text('The password as a crypt hash: yescrypt, SHA-512 and whatever else the OS can check.', {
      secret: true,
      most: 512,
      pattern: CRYPT_HASH,
      must: 'a crypt hash',
      remedy: 'Write what `mkpasswd -m yescrypt` prints, or a plainPassword.',
    }),
    sshKeys: list('Public keys with which this user may log in.', sshKey, { most: LIMITS.keys, orOne: true }),
    sudo: truth(
      'Whether the user may do everything by sudo, without a password. Left out: yes, of every user but root.',
    ),
    groups: list(
      'Further groups of the user.',
      text('A group.', { pattern: /^[a-z_][a-z0-9_-]{0,31}$/, must: 'the name of a group' }),
      { most: 32, orOne: true },
    ),
    shell: text('The login shell.', { pattern: /^\/[\w./-]+$/, must: 'an absolute path', example: '/bin/bash' }),
  },
  {
    required: ['username'],
    aliases: {
      name: 'username',
      user: 'username',
      passwd: 'passwordHash',
      sshKey: 'sshKeys',
      ssh_authorized_keys: 'sshKeys',
    },
    check: (given, at) => {
      const ways = (['password', 'plainPassword', 'passwordHash'] as const).filter((way) => given[way] !== undefined)
      if (ways.length > 1)
        at(ways[1]!).mistake(
          `${ways.join(' and ')} are the same thing, said ${ways.length} times`,
          'Leave one of them.',
        )
      if (given.username === 'root' && given.sudo !== undefined)
        at('sudo').warning('root needs no sudo', 'Leave it out.')
    },
  },
)

/** As it was written: a password may stand there as itself. */
export type GivenUser = ReadOf<typeof user>

export const users = list('Users of the unit.', user, {
  most: LIMITS.users,
  orOne: true,
  check: (all, at) => {
    for (const [index, { username }] of all.entries())
      if (username !== undefined && all.findIndex((other) => other.username === username) < index)
        at(index).mistake(`The user ${username} stands there twice`, 'Put both into one.')
  },
})

/** A user as it is kept and handed on. */
export interface User {
  username: string
  passwordHash?: string
  sshKeys?: string[]
  sudo?: boolean
  groups?: string[]
  shell?: string
}

/** The user with the password's hash in its place. `crypt`: makes a crypt hash with a salt of its own */
export function withHash(given: GivenUser, crypt: (password: string, username: string) => string): User {
  const { password, plainPassword, username = '', ...rest } = given
  const plain = plainPassword ?? (password === undefined ? undefined : (decoded(password) ?? undefined))
  return { username, ...rest, ...(plain === undefined ? {} : { passwordHash: crypt(plain, username) }) }
}

/** Base64 of UTF-8 without the line break that `echo` appends; null when it is none. */
function decoded(base64: string): string | null {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=?)?$/.test(base64)) return null
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch {
    return null
  }
}

const passwordFault = (given: string) =>
  given.startsWith('$')
    ? 'is not base64, and looks like a crypt hash: did you mean passwordHash?'
    : 'is not base64 of text: did you mean plainPassword?'

const textFault = (password: string) =>
  password === ''
    ? 'is empty once it is decoded'
    : /\p{Cc}/u.test(password)
      ? 'holds a line break or another control character once it is decoded'
      : null
