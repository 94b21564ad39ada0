import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandFailed, type CommandResult, run } from './command.ts'
import type { Namespace } from './namespace.ts'

export interface SshKey {
  privateKeyFile: string
  /** one line as in authorized_keys */
  publicKey: string
}

/** Makes an ed25519 key pair without a passphrase in an existing directory. */
export async function createSshKey(dir: string): Promise<SshKey> {
  const privateKeyFile = join(dir, 'id_ed25519')
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'admin@bench', '-f', privateKeyFile])
  return { privateKeyFile, publicKey: (await readFile(`${privateKeyFile}.pub`, 'utf8')).trim() }
}

export interface SshTarget {
  /** where the SSH client runs: the site's namespace */
  namespace: Namespace
  address: string
  user: string
  key: SshKey
}

/** The client's arguments before the remote command. Pure. The host's own SSH configuration is not read. */
export function sshArguments(target: Pick<SshTarget, 'address' | 'user' | 'key'>): string[] {
  const options = {
    BatchMode: 'yes',
    ConnectTimeout: '10',
    IdentitiesOnly: 'yes',
    LogLevel: 'ERROR',
    // a lab's machine is a new one each time: `hostKeys` reports what it has
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
  }
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return ['-F', 'none', '-i', target.key.privateKeyFile, ...flags, `${target.user}@${target.address}`]
}

/** Runs a shell command on the machine; rejects with CommandFailed (its exit code, or 255 when SSH itself failed). */
export function ssh(target: SshTarget, command: string, timeoutMs = 60_000): Promise<CommandResult> {
  return target.namespace.exec('ssh', [...sshArguments(target), command], { timeoutMs })
}

/** Resolves when the machine lets us in; rejects after `timeoutMs` with the last reason. */
export async function waitForSsh(target: SshTarget, timeoutMs: number): Promise<void> {
  const start = performance.now()
  for (;;) {
    try {
      await ssh(target, 'true', 30_000)
      return
    } catch (cause) {
      if (!(cause instanceof CommandFailed)) throw cause
      if (performance.now() - start > timeoutMs)
        throw new Error(`no SSH login at ${target.user}@${target.address} within ${timeoutMs} ms`, { cause })
    }
    await sleep(500)
  }
}

/** The machine's SSH host keys as `type base64`, sorted: one set for the life of an installed system. */
export async function hostKeys(target: Pick<SshTarget, 'namespace' | 'address'>): Promise<string[]> {
  const args = ['-T', '20', '-t', 'ed25519,ecdsa', target.address]
  const { stdout } = await target.namespace.exec('ssh-keyscan', args, { timeoutMs: 60_000 })
  const keys = stdout.split('\n').filter((line) => line && !line.startsWith('#'))
  return keys.map((line) => line.split(' ').slice(1).join(' ')).sort()
}
