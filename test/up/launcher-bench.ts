import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import type { Test } from 'tap'

const launcher = resolve(import.meta.dirname, '../../eims')

/** What the launcher calls of the system, and nothing that it must bring itself. */
const TOOLS = [
  'cat',
  'cut',
  'dirname',
  'flock',
  'id',
  'ln',
  'mkdir',
  'mv',
  'readlink',
  'rm',
  'sed',
  'sh',
  'sha256sum',
  'tail',
  'uname',
]

/** Stand-ins that write what they were asked to do into $LOG. */
const STANDS_IN = {
  npm: `echo "npm $*" >>"$LOG"; [ -z "\${NPM_FAILS:-}" ] || { echo "npm error code ENOTFOUND"; exit 1; }
[ "$2" = --prefix ] || exit 2
for arch in x64 arm64; do mkdir -p "$3/node_modules/node-linux-$arch/bin"; cp "$STANDS_IN/node" "$3/node_modules/node-linux-$arch/bin/"; done
sleep 0.3`,
  node: `case $1 in
--version) ;;
*/npm-cli.js) shift; echo "npm-cli $*" >>"$LOG"; rm -rf node_modules; mkdir -p node_modules
  [ -z "\${CI_FAILS:-}" ] || { echo "npm error code EAI_AGAIN"; exit 1; }
  [ -z "\${CI_KILLED:-}" ] || kill -9 $PPID
  for arch in x64 arm64; do mkdir -p "node_modules/node-linux-$arch/bin"; cp "$STANDS_IN/node" "node_modules/node-linux-$arch/bin/"; done ;;
*/prune.ts) echo prune >>"$LOG" ;;
*) shift; echo "cli $*" ;;
esac`,
  'dpkg-query': `for package; do :; done; grep -qx "$package" "$INSTALLED" && printf installed`,
  'apt-get': `case $* in
*" update") echo update >>"$LOG"; exit "\${UPDATE_FAILS:-0}" ;;
*) echo "apt-get $*" >>"$LOG"; [ -z "\${APT_FAILS:-}" ] || { echo "E: Unable to locate package"; exit 100; }
  for word; do echo "$word"; done >>"$INSTALLED" ;;
esac`,
}

export interface Outcome {
  code: number
  /** standard error, a line each */
  said: string[]
  /** what the CLI would have been called with */
  called: string
}

/** A checkout with nothing in it but the launcher and its lists, on a machine whose npm and apt are stand-ins. */
export class LauncherBench {
  readonly dir: string
  readonly #log: string

  private constructor(dir: string) {
    this.dir = dir
    this.#log = join(dir, 'log')
  }

  static async create(t: Test, without: string[] = []): Promise<LauncherBench> {
    const dir = await mkdtemp(join(tmpdir(), 'eims-launcher-'))
    t.teardown(() => rm(dir, { recursive: true, force: true }))
    await chmod(dir, 0o755)
    for (const folder of ['bin', 'checkout/deploy/debian']) await mkdir(join(dir, folder), { recursive: true })
    for (const tool of [...TOOLS, 'cp', 'grep', 'sleep']) await symlink(await find(tool), join(dir, 'bin', tool))
    for (const [name, script] of Object.entries(STANDS_IN))
      if (!without.includes(name)) await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    await copyFile(launcher, join(dir, 'checkout/eims'))
    await writeFile(join(dir, 'checkout/package-lock.json'), '{}')
    await writeFile(join(dir, 'checkout/deploy/debian/up.txt'), '# needed\none\n\n  two   # why\nthree\n')
    await writeFile(join(dir, 'installed'), 'two\n')
    await writeFile(join(dir, 'log'), '')
    return new LauncherBench(dir)
  }

  /** @param as a numeric user; root otherwise */
  async run(args: string[], env: NodeJS.ProcessEnv = {}, as?: number): Promise<Outcome> {
    const { dir } = this
    const stand = join(dir, 'bin')
    const child = spawn(join(dir, 'checkout/eims'), args, {
      ...(as ? { uid: as, gid: as } : {}),
      env: {
        PATH: stand,
        HOME: dir,
        EIMS_CACHE: join(dir, 'cache'),
        STANDS_IN: stand,
        LOG: this.#log,
        INSTALLED: join(dir, 'installed'),
        ...env,
      },
    })
    const outcome = { code: 0, said: '', called: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.called += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.said += text
    })
    const [code] = await once(child, 'close')
    return { code, said: outcome.said.split('\n').filter(Boolean), called: outcome.called.trim() }
  }

  /** What npm and apt were asked to do since the last call, with this bench's folder as DIR and the processor as ARCH. */
  async asked(): Promise<string[]> {
    const text = await readFile(this.#log, 'utf8')
    await writeFile(this.#log, '')
    return text
      .replaceAll(this.dir, 'DIR')
      .replaceAll(/x64|arm64/g, 'ARCH')
      .split('\n')
      .filter(Boolean)
  }
}

async function find(tool: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool)
    if (await readFile(path).catch(() => null)) return path
  }
  throw new Error(`${tool} is not installed`)
}
