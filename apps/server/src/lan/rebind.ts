import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Segment } from '../segment.ts'

/** `gone`: there is no interface of that name at the moment. `refused`: a sentence */
export type Rebound = 'bound' | 'gone' | { refused: string }

const PATIENCE_MS = 10_000
const GONE = 3

/**
 * Binds the sockets of a segment to the device that has its interface's name now: the kernel binds a socket to a device,
 * not to a name, and one whose device is gone hears nothing for ever. The sockets are the same as before, so nobody who
 * listens notices.
 */
export async function rebind({ interface: name, fds }: Pick<Segment, 'interface' | 'fds'>): Promise<Rebound> {
  const sockets = Object.values(fds)
  const script = join(import.meta.dirname, 'rebind-sockets.pl')
  const child = spawn('/usr/bin/perl', [script, name, String(sockets.length)], {
    stdio: ['ignore', 'ignore', 'pipe', ...sockets],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 500)
  })
  try {
    const [code] = await once(child, 'close')
    if (code === 0) return 'bound'
    return code === GONE ? 'gone' : { refused: said.trim() || `perl ended with ${code}` }
  } catch (error) {
    return { refused: (error as Error).message }
  }
}
