import { spawn } from 'node:child_process'
import { Refusal } from '../refusal.ts'

export interface SshAccess {
  /** host name or address of the unit */
  address: string
  user?: string | undefined
  port?: string | undefined
  /** file of a private key */
  identity?: string | undefined
  /** file in the place of ~/.ssh/known_hosts */
  knownHosts?: string | undefined
  /** a key of a host that is not known is taken and noted; one that differs from what is known never is */
  acceptNew?: boolean | undefined
}

/** Of the unit's answer: more than the script can say. */
const MOST_BYTES = 1024 * 1024
const MOST_MS = 120_000

/**
 * PURE: the arguments of OpenSSH's client. Whoever is asked for a password, or whether a host key is the right one, is asked by
 * ssh itself, on the terminal; without one it refuses. The unit gets no agent, display or port of this machine, whatever
 * ~/.ssh/config says, and no master of connections is left that would hold our end of its stderr open. @throws Refusal
 */
export function sshArguments({ address, user, port, identity, knownHosts, acceptNew }: SshAccess): string[] {
  if (!/^[\p{L}\p{N}_.:%[\]-]{1,255}$/u.test(address) || address.startsWith('-'))
    throw new Refusal(
      `--from-unit is the host name or address of a unit, not "${address}"; the account goes to --user`,
      2,
    )
  if (user !== undefined && !/^[\w.@\\][\w.@\\-]{0,254}$/.test(user))
    throw new Refusal(`--user ${user} is no account`, 2)
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    throw new Refusal(`--port is 1 to 65535, not "${port}"`, 2)
  return [
    '-T',
    '-a',
    '-x',
    '-oClearAllForwardings=yes',
    '-oControlMaster=no',
    '-oConnectTimeout=15',
    `-oStrictHostKeyChecking=${acceptNew ? 'accept-new' : 'ask'}`,
    ...(knownHosts === undefined ? [] : [`-oUserKnownHostsFile="${knownHosts}"`]),
    ...(identity === undefined ? [] : ['-i', identity]),
    ...(port === undefined ? [] : ['-p', port]),
    ...(user === undefined ? [] : ['-l', user]),
    '--',
    address.replace(/^\[(.*)\]$/, '$1'),
    'sh -s',
  ]
}

/**
 * Has a unit's shell do a script. @returns what it printed
 * @throws Refusal with what ssh said: 3 when it did not get there
 */
export async function runOverSsh(access: SshAccess, script: string): Promise<string> {
  const args = sshArguments(access)
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: MOST_MS, killSignal: 'SIGTERM' })
  let out = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    if (out.length > MOST_BYTES) child.kill()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-16_384)
  })
  // what it hangs up on before all of it was written is told by how it ends
  child.stdin.on('error', () => {}).end(script)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'ENOENT'
          ? new Refusal('there is no ssh on this machine; install openssh-client')
          : new Refusal(`ssh cannot be run: ${cause.message}`),
      ),
    )
  })
  const { address } = access
  if (out.length > MOST_BYTES)
    throw new Refusal(`${address} says more than ${MOST_BYTES >> 20} MiB, of which nothing is taken: look at its shell`)
  if (code === 0) return out
  const lines = said.trim().split('\n').filter(Boolean)
  if (code === null) throw new Refusal(`${address} did not answer within ${MOST_MS / 1000} s`, 3, lines)
  if (code === 255)
    throw new Refusal(
      `ssh does not get to ${address}; try --user, --identity or --port. A unit that is met for the first time: compare its ` +
        'key with what its screen says, then --accept-new',
      3,
      lines,
    )
  throw new Refusal(`the shell of ${address} ended with ${code}; a POSIX shell is needed there`, 1, lines)
}
