import { readFileSync } from 'node:fs'
import { Refusal } from './refusal.ts'

/** A file's text. @throws Refusal */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${(error as Error).message}`)
  }
}

/** What `--ssh-key` takes: a key itself, or a file with several; comments and empty lines are left out. */
export const sshKeys = (value: string): string[] =>
  (value.includes(' ') ? value : readText(value))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/** The flags of an account. */
export const accountFlags = {
  user: { type: 'string', value: 'NAME', says: 'account that is made on the unit, with sudo' },
  'ssh-key': { type: 'string', multiple: true, value: 'KEY|FILE', says: 'its SSH public key, or a file with several' },
  'password-hash': { type: 'string', value: 'HASH', says: 'its password as a crypt hash (mkpasswd -m yescrypt)' },
} as const
