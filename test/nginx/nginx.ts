import type { ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess, fetchDebianTree, fromTree, type Namespace, run } from '@eims/lab'

const PORTS = { http: 8080, https: 8443 }

const MIRROR = resolve(import.meta.dirname, '../../deploy/nginx/eims-chunks.conf')

/** Debian's nginx as the mirror that deploy/nginx describes, of this data directory; a process for each core. */
export async function startNginx(
  namespace: Namespace,
  { cache, folder, data, address }: { cache: string; folder: string; data: string; address: string },
): Promise<{ child: ChildProcess; http: string; https: string } & AsyncDisposable> {
  const tree = await fetchDebianTree({
    cacheDir: cache,
    name: 'nginx-trixie',
    release: 'trixie',
    packages: ['nginx'],
    withDependencies: true,
  })
  const [program, ...start] = fromTree(tree, 'usr/sbin/nginx')
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${address}`]
  await run('openssl', ['req', '-x509', '-days', '2', ...subject, '-keyout', key, '-out', certificate])
  const config = join(folder, 'nginx.conf')
  const mirror = join(folder, 'eims-chunks.conf')
  await writeFile(mirror, (await readFile(MIRROR, 'utf8')).replace('alias /var/lib/eims/', `alias ${data}/`))
  await writeFile(
    config,
    `daemon off; user root; worker_processes auto; pid ${folder}/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen ${address}:${PORTS.http}; listen ${address}:${PORTS.https} ssl;
    ssl_certificate ${certificate}; ssl_certificate_key ${key};
    include ${mirror};
  }
}
`,
  )
  const child = namespace.spawn(program, [...start, '-c', config, '-p', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (let tries = 0; !(await listens(namespace)); tries++) {
    if (tries > 100 || child.exitCode !== null) throw new Error('nginx does not listen')
    await sleep(50)
  }
  const [http, https] = [`http://${address}:${PORTS.http}`, `https://${address}:${PORTS.https}`]
  return { child, http, https, [Symbol.asyncDispose]: () => endProcess(child) }
}

async function listens(namespace: Namespace): Promise<boolean> {
  const { stdout } = await namespace.exec('ss', ['-Htln', 'sport', '=', `:${PORTS.https}`])
  return stdout !== ''
}
