import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Offer, probes, readOffer } from './probe-packets.ts'

/** dnsmasq and others look for three seconds whether an address is free before they offer it. */
const LISTEN_SECONDS = 4
const MOST_BYTES = 4 * 1024 * 1024

/**
 * Asks the LAN of an interface who hands out addresses and boot files. Takes four seconds.
 * @returns every answer, or the sentence why nobody could be asked
 */
export function probeLan(name: string): Promise<Offer[] | { refused: string }> {
  return new Promise((resolve) => {
    const child = spawn('/usr/bin/perl', [join(import.meta.dirname, 'probe.pl'), name, String(LISTEN_SECONDS)])
    const timer = setTimeout(() => child.kill('SIGKILL'), (LISTEN_SECONDS + 5) * 1000)
    let out = ''
    let err = ''
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      if (out.length < MOST_BYTES) out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-1000)
    })
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ refused: error.message })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? out.split('\n').flatMap(offerIn) : { refused: err.trim() || `perl ended with ${code}` })
    })
    child.stdin.on('error', () => {}) // it may have ended before it read
    child.stdin.end(
      probes()
        .map((packet) => `${Buffer.from(packet).toString('hex')}\n`)
        .join(''),
    )
  })
}

function offerIn(line: string): Offer[] {
  const [from = '', hex = ''] = line.split(' ')
  const offer = readOffer(from, Buffer.from(hex, 'hex'))
  return offer ? [offer] : []
}
