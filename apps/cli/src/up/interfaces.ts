import type { NetworkInterfaceInfo } from 'node:os'
import { Refusal } from '../refusal.ts'

/**
 * The interfaces to serve: those asked for, else the only one with an IPv4 address. Never a guess between several,
 * because one of them may be the office LAN.
 * Throws a Refusal that lists the choices.
 */
export function interfacesToServe(asked: string[], present: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  const usable = Object.entries(present)
    .map(([name, infos]) => ({ name, info: infos?.find((info) => info.family === 'IPv4') }))
    .filter(({ info }) => info && !info.internal)
  const choices = usable.map(({ name, info }) => `${name} (${info?.address})`).join(', ') || 'none has an IPv4 address'
  for (const name of asked) {
    if (!/^[^\s/:@]{1,15}$/.test(name))
      throw new Refusal(`"${name}" is not the name of an interface; there are: ${choices}`)
    if (!usable.some((candidate) => candidate.name === name))
      throw new Refusal(
        present[name]
          ? `interface ${name} has no IPv4 address; give it a fixed one, e.g. ip addr add 192.168.77.1/24 dev ${name}`
          : `there is no interface ${name} with an address; there are: ${choices}`,
      )
  }
  if (asked.length > 0) return [...new Set(asked)]
  if (usable.length === 1 && usable[0]) return [usable[0].name]
  throw new Refusal(`say which interface leads to the bench LAN with --interface; there are: ${choices}`)
}
