import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endProcess, fetchDebianTree, type Namespace } from '@eims/lab'
import { cpuSeconds } from '../figures.ts'

export type ServerName = 'eims' | 'eims-single-port' | 'tftpd-hpa' | 'dnsmasq'

export interface Server extends AsyncDisposable {
  readonly name: ServerName
  readonly address: string
  readonly child: ChildProcess
}

/** Starts a server on port 69 of its own address, logging off, and prints its command line. */
export async function startServer(
  namespace: Namespace,
  name: ServerName,
  address: string,
  folder: string,
  hpa: string,
): Promise<Server> {
  const ours = [process.execPath, fileURLToPath(new URL('ours.ts', import.meta.url)), address, folder]
  const library = `LD_LIBRARY_PATH=${hpa}/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const place = ['--conf-file=/dev/null', '--pid-file=', '--port=0', '--bind-interfaces', `--listen-address=${address}`]
  const commands: Record<ServerName, string[]> = {
    eims: ours,
    'eims-single-port': [...ours, 'single-port'],
    'tftpd-hpa': `env ${library} ${hpa}/usr/sbin/in.tftpd --listen --foreground --user root --secure`
      .split(' ')
      .concat('--address', `${address}:69`, folder),
    dnsmasq: [
      'dnsmasq',
      '--keep-in-foreground',
      '--user=root',
      ...place,
      '--enable-tftp',
      `--tftp-root=${folder}`,
    ].concat('--tftp-max=200', '--quiet-tftp'),
  }
  const [command = '', ...args] = commands[name]
  console.log(`# ${name}: ${[command, ...args].join(' ')}`)
  const child = namespace.spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] })
  for (let tries = 0; !(await listens(namespace, address)); tries++) {
    if (tries > 100 || child.exitCode !== null) throw new Error(`${name} does not listen on ${address}:69`)
    await sleep(50)
  }
  return { name, address, child, [Symbol.asyncDispose]: () => endProcess(child) }
}

async function listens(namespace: Namespace, address: string): Promise<boolean> {
  const { stdout } = await namespace.exec('ss', ['-Hulnp', 'sport', '=', ':69'])
  return stdout.includes(`${address}:69 `)
}

/** CPU seconds that a server has spent; null for tftpd-hpa, which forks for each transfer and does not wait for it. */
export const serverSeconds = async ({ name, child }: Server): Promise<number | null> =>
  name === 'tftpd-hpa' ? null : cpuSeconds(child.pid!)

/**
 * Debian's tftpd-hpa, unpacked and not installed: its installation would start the daemon.
 * @returns the folder with usr/sbin/in.tftpd; it is kept in the cache
 */
export const fetchTftpdHpa = (cache: string): Promise<string> =>
  fetchDebianTree({
    cacheDir: cache,
    name: 'tftpd-hpa',
    release: 'bookworm',
    packages: ['tftpd-hpa', 'libwrap0', 'libnsl2', 'libtirpc3'],
  })
