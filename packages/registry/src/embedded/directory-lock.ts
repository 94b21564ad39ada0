import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './failure.ts'

interface DirectoryLock {
  release(): Promise<void>
}

const PATIENCE_MS = 3_000

/**
 * Takes the data directory for this process alone. Node has no flock(2), so util-linux's `flock` holds the lock
 * around a `cat` that reads from us: however we end, `kill -9` included, its input ends and the kernel lets go.
 * @throws EmbeddedPostgresError naming the process that has it
 */
export async function lockDirectory(dataDir: string): Promise<DirectoryLock> {
  const file = join(dataDir, 'lock')
  await (await open(file, 'a', 0o600)).close()
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const lock = await tryLock(file)
    if (lock) return lock
    // The holder of a process that was just killed needs a moment to notice.
    if (Date.now() > deadline) break
    await sleep(100)
  }
  const holder = (await readFile(file, 'utf8').catch(() => '')).trim()
  throw new EmbeddedPostgresError(
    `The data directory ${dataDir} is in use by another eims${holder ? ` (process ${holder})` : ''}. Stop that one, or choose another directory with --data.`,
  )
}

async function tryLock(file: string): Promise<DirectoryLock | undefined> {
  // Whoever ends all processes of ours at once (systemd does) must not end the holder before us.
  const script = 'trap "" INT TERM HUP; echo "$2" > "$1"; echo locked; exec cat > /dev/null'
  const holder = spawn(
    'flock',
    ['--exclusive', '--nonblock', '--no-fork', file, 'sh', '-c', script, 'sh', file, String(process.pid)],
    { stdio: ['pipe', 'pipe', 'ignore'], detached: true },
  )
  const failed = once(holder, 'error').then(([cause]) => {
    throw new EmbeddedPostgresError(
      'The program "flock" (package util-linux) is missing; it guards the data directory.',
      {
        cause,
      },
    )
  })
  failed.catch(() => {})
  const ended = once(holder, 'exit')
  const first = await Promise.race([
    once(holder.stdout, 'data').then(() => 'locked'),
    ended.then(() => 'taken'),
    failed,
  ])
  if (first !== 'locked') return undefined
  for (const part of [holder, holder.stdin, holder.stdout]) (part as unknown as { unref(): void }).unref()
  return {
    release: async () => {
      holder.ref()
      holder.stdin.end()
      await ended
    },
  }
}
