import { readdirSync, readFileSync } from 'node:fs'

/** Captures of real firmware, recorded by test/captures/record.ts. */
export const FOLDER = new URL('../../../test/captures/', import.meta.url)

/** Their names, each without `.pcap`. */
export const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.pcap'))
  .map((name) => name.slice(0, -'.pcap'.length))
  .sort()

export type Datagram = {
  source: string
  destination: string
  sourcePort: number
  destinationPort: number
  payload: Uint8Array
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET = 14

/** The UDP datagrams of a capture: little-endian pcap, Ethernet, IPv4, nothing fragmented. */
export function datagrams(name: string): Datagram[] {
  const bytes = readFileSync(new URL(`${name}.pcap`, FOLDER))
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${name}.pcap is no little-endian pcap file`)
  const found: Datagram[] = []
  for (let at = FILE_HEADER; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8)
    const ip = at + RECORD_HEADER + ETHERNET
    const udp = ip + (bytes[ip]! & 15) * 4
    const address = (from: number) => bytes.subarray(from, from + 4).join('.')
    found.push({
      source: address(ip + 12),
      destination: address(ip + 16),
      sourcePort: bytes.readUInt16BE(udp),
      destinationPort: bytes.readUInt16BE(udp + 2),
      payload: Uint8Array.from(bytes.subarray(udp + 8, udp + bytes.readUInt16BE(udp + 4))),
    })
    at += RECORD_HEADER + length
  }
  return found
}
