import type { MachineIdentity } from '@eims/contracts'
import { blockLetters } from './block-letters.ts'

/** What a person at the machine sees: plain lines, for a serial console as for 80 by 25 characters. */
export interface Screen {
  /** who this machine is and whom it asks */
  header(about: { identity: MachineIdentity; bootMac: string | null; server: string; version: string }): void
  node: (name: string) => void
  action(index: number, count: number, name: string): void
  /** 0 to 1; a line at most every five seconds or ten percent */
  progress(fraction: number): void
  line: (text: string) => void
  /** said once, again when it changes, and every minute */
  wait: (reason: string) => void
  /** the large OK or FAILED */
  end(word: 'OK' | 'FAILED', reason: string): void
}

const WIDTH = 79
const PROGRESS_EVERY = 5000
const WAIT_EVERY = 60_000

/**
 * @param write takes whole lines
 * @param now   milliseconds on a clock that never jumps
 */
export function openScreen(write: (line: string) => void, now: () => number): Screen {
  let action = ''
  let shown = { at: Number.NEGATIVE_INFINITY, fraction: 0 }
  let waiting = { at: Number.NEGATIVE_INFINITY, reason: '' }
  const line = (text: string) => {
    for (const part of wrap(clean(text))) write(part)
  }
  const fact = (name: string, value: string | null | undefined) => line(`  ${name.padEnd(8)} ${value || 'unknown'}`)
  return {
    line,
    header({ identity, bootMac, server, version }) {
      write('='.repeat(WIDTH))
      line(`  eims agent ${version}`)
      fact('machine', [identity.manufacturer, identity.product].filter(Boolean).join(' '))
      fact('serial', identity.serial)
      fact('MAC', bootMac ?? identity.macs.join(' '))
      fact('server', server)
      write('='.repeat(WIDTH))
    },
    node: (name) => fact('node', name),
    action(index, count, name) {
      action = `[${index}/${count}] ${name}`
      shown = { at: now(), fraction: 0 }
      waiting = { at: Number.NEGATIVE_INFINITY, reason: '' }
      line(action)
    },
    progress(fraction) {
      const far = fraction - shown.fraction >= 0.1
      if (!far && (now() - shown.at < PROGRESS_EVERY || fraction === shown.fraction)) return
      shown = { at: now(), fraction }
      const filled = Math.floor(fraction * 30)
      line(`${action} [${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${Math.floor(fraction * 100)} %`)
    },
    wait(reason) {
      if (reason === waiting.reason && now() - waiting.at < WAIT_EVERY) return
      waiting = { at: now(), reason }
      line(`Waiting: ${reason}`)
    },
    end(word, reason) {
      write('')
      for (const row of blockLetters(word)) write(row)
      write('')
      line(reason)
      write('')
    },
  }
}

/** Nothing that a serial terminal would obey: a disk's model string is not ours. */
function clean(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ')
}

function wrap(text: string): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(' ', WIDTH)
    const cut = space > WIDTH / 2 ? space : WIDTH
    lines.push(rest.slice(0, cut))
    rest = `    ${rest.slice(cut).trimStart()}`
  }
  return [...lines, rest]
}
