import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PHONE_HOME_SCRIPT } from '../src/phone-home-script.ts'

export interface FakeOs {
  /** what `cloud-init status … --format json` prints, or null for a version that does not know it */
  json?: string | null
  /** what `cloud-init status … --long` prints */
  long?: string
  /** /run/cloud-init/result.json */
  result?: string
  keys?: Record<string, string>
}

/** The root of an installed OS in `root`, as the script meets it, with fakes of cloud-init and systemctl in /bin. */
export function installOs(root: string, { json = null, long = '', result, keys = {} }: FakeOs): void {
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), mode)
  }
  const heredoc = (text: string) => `cat <<'END'\n${text}\nEND\n`
  put(
    'bin/cloud-init',
    `#!/bin/sh\ncase "$*" in\n*--format*) ${json === null ? 'echo "unrecognized arguments" >&2; exit 2' : heredoc(json)};;\n*) ${heredoc(long)};;\nesac\nexit 2\n`,
    0o755,
  )
  put('bin/systemctl', `#!/bin/sh\necho "$*" >>'${root}/systemctl.log'\n`, 0o755)
  put('etc/os-release', 'NAME=Debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
  put('etc/machine-id', '0123456789abcdef0123456789abcdef\n')
  put('proc/sys/kernel/random/boot_id', '11111111-2222-3333-4444-555555555555\n')
  if (result !== undefined) put('run/cloud-init/result.json', result)
  for (const [name, text] of Object.entries(keys)) put(`etc/ssh/${name}`, text)
  put('var/lib/eims/phone-home.py', PHONE_HOME_SCRIPT, 0o700)
  put('etc/systemd/system/eims-phone-home.service', '[Unit]\n')
}

export function giveToken(root: string, urls: string[]): void {
  const config = { instanceId: 'run-1', urls, token: 'one-purpose-token', caPem: null }
  writeFileSync(join(root, 'var/lib/eims/phone-home.json'), JSON.stringify(config), { mode: 0o600 })
}

export const isThere = (root: string, path: string): boolean => existsSync(join(root, path))

/** Runs the installed script to its end. */
export async function phoneHome(root: string): Promise<{ code: number | null; said: string }> {
  const script = join(root, 'var/lib/eims/phone-home.py')
  const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, http_proxy: 'http://127.0.0.1:9' }
  const child = spawn('python3', [script, root], { env, stdio: ['ignore', 'pipe', 'inherit'] })
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

/** A server on loopback that gives the answers in turn, the last one for ever. */
export async function stubServer(...answers: { status: number; body: string }[]) {
  const heard: Heard[] = []
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
    const answer = answers[Math.min(heard.length, answers.length) - 1]
    reply.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' }).end(answer?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    heard,
    url: `http://127.0.0.1:${port}/agent/v1/phone-home`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
