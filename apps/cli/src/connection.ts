import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { type Client, createClient } from '@eims/contracts'
import { loginFile, readLogin } from './login-file.ts'
import { Refusal } from './refusal.ts'
import { dataHere, runningServices, USUAL_DATA } from './running-services.ts'

/** Options that every verb talking to a server takes, for node:util's parseArgs. */
export const connectionOptions = {
  server: { type: 'string' },
  key: { type: 'string' },
  ca: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Their help text. */
export const connectionHelp = `  --server URL   the server's address for administration (or EIMS_SERVER; ./eims login stores one)
  --key KEY      a key of the server (or EIMS_KEY)
  --ca FILE      the site's CA, for an https:// address (or EIMS_CA); get it from the server: GET /ca.crt
  --data DIR     data directory of the server on this machine (default: of the one that runs, else /var/lib/eims)
  --json         print the reply as JSON
`

export interface ConnectionFlags {
  server?: string | undefined
  key?: string | undefined
  ca?: string | undefined
  data?: string | undefined
  json?: boolean | undefined
}

/** The server that is asked. */
export interface Server {
  url: string
  key: string
  /** it runs on this machine and can read files by their path here */
  local: boolean
}

/** A client for `chooseServer`'s server. */
export function connect(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Client {
  const { url, key } = chooseServer(flags, env)
  return createClient({ baseUrl: url, token: key })
}

/**
 * The server named by flags, else by the environment, else by the login file, else the one that runs on this machine.
 * A data directory that is given (--data, EIMS_DATA) goes before the login file. Trusts that server's CA from then on.
 * @param running data directories of the services that run here
 * @throws Refusal when none is known, or several, or no key for it
 */
export function chooseServer(flags: ConnectionFlags, env: NodeJS.ProcessEnv, running = runningServices): Server {
  const key = flags.key ?? (env.EIMS_KEY || undefined)
  const ca = flags.ca ?? (env.EIMS_CA || undefined)
  if (ca) trustOnly(readCa(ca))
  const dataDir = flags.data ?? (env.EIMS_DATA || undefined)
  const url = flags.server ?? (flags.data === undefined ? env.EIMS_SERVER || undefined : undefined)
  if (url !== undefined && key !== undefined) return { url: baseUrl(url), key, local: false }
  if (url === undefined && dataDir !== undefined) return atHome(dataDir, key, running())
  const login = readLogin(loginFile(env))
  if (login && (url === undefined || baseUrl(url) === login.server)) {
    if (!ca && login.ca) trustOnly(login.ca)
    return { url: login.server, key: key ?? login.key, local: false }
  }
  if (url !== undefined) throw new Refusal('a key is missing; give --key or EIMS_KEY, or log in with: ./eims login', 4)
  const here = running()
  return atHome(dataHere(here), key, here)
}

function atHome(dataDir: string, key: string | undefined, running: string[]): Server {
  const local = readLocal(dataDir)
  if (local) return { url: local.url, key: key ?? local.key, local: true }
  const others = running.filter((each) => each !== resolve(dataDir))
  if (others.length > 0)
    throw new Refusal(`no server has its data in ${dataDir}; of those that run here: ${others.join(', ')}`, 3)
  const unknown = dataDir === USUAL_DATA ? 'no server is known' : `no server is known that has its data in ${dataDir}`
  throw new Refusal(
    `${unknown}; start one here with ./eims up, or log in to one with ./eims login URL, or give --server and --key (as root on the server itself neither is needed)`,
    3,
  )
}

/** An address as people type it: without a path, the scheme may be left out on this machine only. @throws Refusal */
export function baseUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new Refusal(`"${text}" is no address of a server; write it like https://eims.example:7444`, 2)
  if (url.username || url.password || url.search || url.hash)
    throw new Refusal(`"${text}" holds more than an address; the key is given apart from it`, 2)
  return url.href.replace(/\/$/, '')
}

/** A file's certificates. @throws Refusal when it holds none */
export function readCa(file: string, flag = '--ca'): string {
  try {
    const pem = readFileSync(file, 'utf8')
    new X509Certificate(pem)
    return pem
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : `it holds no certificate in PEM form (${message})`
    const remedy = flag === '--ca' ? '; fetch it from the server: GET /ca.crt' : ''
    throw new Refusal(`${flag} ${file} cannot be used: ${why}${remedy}`, 2)
  }
}

/** From now on only a server of this CA is spoken to over TLS. */
export const trustOnly = (pem: string): void => setDefaultCACertificates([pem])

/** `local.json` in the data directory is how root on the server's own machine gets in without a key. */
export function readLocal(dataDir: string): { url: string; key: string } | null {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8'))
  } catch {
    return null
  }
}
