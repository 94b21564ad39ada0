import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { Refusal } from './refusal.ts'

/** What `eims login` stores. */
const Login = z.object({
  server: z.url(),
  key: z.string().min(1),
  /** the site's CA, PEM; null for plain HTTP or a CA that the system knows */
  ca: z.string().nullable(),
})
type Login = z.infer<typeof Login>

/** `~/.config/eims/config.json`, or below XDG_CONFIG_HOME. */
export const loginFile = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'eims', 'config.json')

/** Null when nobody logged in. @throws Refusal when the file may be read by others, or holds something else */
export function readLogin(file: string): Login | null {
  let text: string
  try {
    // As ssh does with its keys: whoever can read it is the administrator.
    if (statSync(file).mode & 0o077)
      throw new Refusal(`${file} holds a key and may be read by others; run: chmod 600 ${file}`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Refusal) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new Refusal(`${file} cannot be read: ${message}`)
  }
  try {
    return Login.parse(JSON.parse(text))
  } catch {
    throw new Refusal(`${file} is damaged; log in again with: ./eims login URL`)
  }
}

/** Readable for its owner only, from the first byte on; the former one stays until the new one is whole. */
export function writeLogin(file: string, login: Login): void {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const part = `${file}.${process.pid}.part`
  writeFileSync(part, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 })
  chmodSync(part, 0o600)
  renameSync(part, file)
}

/** Whether there was one. */
export function removeLogin(file: string): boolean {
  try {
    rmSync(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
