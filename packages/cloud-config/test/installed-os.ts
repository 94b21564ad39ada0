import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { firstBootConfig } from '../src/first-boot.ts'
import type { PowerState } from '../src/profile-part.ts'

export interface FakeOs {
  /** what `cloud-init status … --format json` prints, or null for a version that does not know it */
  json?: string | null
  /** what `cloud-init status … --long` prints */
  long?: string
  /** /run/cloud-init/result.json */
  result?: string
  keys?: Record<string, string>
}

export const TOKEN = 'one-purpose-token'
export const HASH = '$6$salt$hash-of-a-password'

/** Writes a file below a root, with the folders above it. */
export function put(root: string, path: string, text: string, mode = 0o644): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
  chmodSync(join(root, path), mode)
}

/** A file's text; null where there is none. */
export const get = (root: string, path: string): string | null =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null

/**
 * The root of an installed OS in `root`, as the script meets it. In /bin are fakes of what it calls, which write their
 * arguments to /log; /dev/seed is a folder in the place of the seed's device.
 */
export function installOs(root: string, { json = null, long = '', result, keys = {} }: FakeOs): void {
  const heredoc = (text: string) => `cat <<'END'\n${text}\nEND\n`
  const fake = (name: string, does = '') =>
    put(root, `bin/${name}`, `#!/bin/sh\necho "${name} $*" >>'${root}/log'\n${does}`, 0o755)
  put(
    root,
    'bin/cloud-init',
    `#!/bin/sh\ncase "$*" in\nclean) echo clean >>'${root}/log'; rm -rf '${root}/var/lib/cloud'; exit 0;;\n*--format*) ${json === null ? 'echo "unrecognized arguments" >&2; exit 2' : heredoc(json)};;\n*) ${heredoc(long)};;\nesac\nexit 2\n`,
    0o755,
  )
  fake('systemctl')
  fake('shutdown')
  fake('sync', `cat '${root}/sync-fails' >&2 2>/dev/null && exit 1; exit 0\n`)
  const devices = { CIDATA: ['seed'], 'K3S-ADDONS': ['addons', 'others'] }
  const found = Object.entries(devices).flatMap(([label, names]) =>
    names.map((name) => `[ "$4" = LABEL=${label} ] && ls -d '${root}/dev/${name}' 2>/dev/null\n`),
  )
  fake('blkid', found.join(''))
  fake('blkdiscard')
  fake('mount', 'cp -a "$3/." "$4"\n')
  fake('umount', `cp -a "$1/." '${root}/dev/seed'\n`)
  put(root, 'etc/os-release', 'NAME=Debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
  // a busy disk takes half a second for each
  put(root, 'python/sitecustomize.py', 'import os\nos.fsync = lambda handle: None\n')
  put(root, 'etc/machine-id', '0123456789abcdef0123456789abcdef\n')
  mkdirSync(join(root, 'var/lib'), { recursive: true })
  if (result !== undefined) put(root, 'run/cloud-init/result.json', result)
  for (const [name, text] of Object.entries(keys)) put(root, `etc/ssh/${name}`, text)
  setBoot(root, 1)
}

function setBoot(root: string, boot: number): void {
  put(root, 'proc/sys/kernel/random/boot_id', `${boot}1111111-2222-3333-4444-555555555555\n`)
}

/** The settings of the script, where bootcmd puts them. */
export function giveToken(root: string, urls: string[], powerState?: PowerState): void {
  const [command = ''] = firstBootConfig({
    instanceId: 'run-1',
    urls,
    token: TOKEN,
    caPem: null,
    secrets: [HASH],
    powerState,
  }).bootcmd
  placeScript(root, command)
}

/** What our entry of bootcmd puts below /run. */
export function placeScript(root: string, command: string): void {
  const block = (name: string, mark: string) => {
    const text = command.split(`/run/eims/${name} <<'${mark}'\n`)[1]?.split(`${mark}\n`)[0] ?? ''
    put(root, `run/eims/${name}`, text, 0o600)
  }
  block('first-boot.py', 'END-OF-SCRIPT')
  block('first-boot.json', 'END-OF-SETTINGS')
}

/** Boots it for the n-th time, to the end of bootcmd: what is in /run is new, what is on the disk stays. */
export async function boot(root: string, number: number, urls: string[] = [], powerState?: PowerState) {
  rmSync(join(root, 'run'), { recursive: true, force: true })
  rmSync(join(root, 'log'), { force: true })
  setBoot(root, number)
  giveToken(root, urls, powerState)
  return script(root, 'begin')
}

/** What the machine has on record of its first boot. */
export const recorded = (root: string): Record<string, unknown> =>
  JSON.parse(get(root, 'var/lib/eims/first-boot.json') ?? '{}')

/** Runs the script to its end, for one of its three moments. */
export async function script(
  root: string,
  moment: 'begin' | 'stop' | 'report',
): Promise<{ code: number | null; said: string }> {
  const env = {
    PATH: `${join(root, 'bin')}:${process.env.PATH}`,
    PYTHONPATH: join(root, 'python'),
    http_proxy: 'http://127.0.0.1:9',
  }
  const child = spawn('python3', [join(root, 'run/eims/first-boot.py'), moment, root], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

export interface Heard {
  method: string
  path: string
  authorization: string | undefined
  body: unknown
}

/** A server on loopback that gives the answers in turn, the last one for ever; `onReport` is called before each. */
export async function stubServer(...answers: { status: number; body: string }[]) {
  const heard: Heard[] = []
  const hooks = { onReport: () => {} }
  const server = createServer(async (request, reply) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url: path = '', headers } = request
    heard.push({
      method,
      path,
      authorization: headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    })
    hooks.onReport()
    const answer = answers[Math.min(heard.length, answers.length) - 1]
    reply.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' }).end(answer?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    heard,
    hooks,
    url: `http://127.0.0.1:${port}/agent/v1/phone-home`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
