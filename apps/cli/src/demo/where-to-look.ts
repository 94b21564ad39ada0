import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DemoBench } from './bench.ts'

/** What a person can do with a demo that is kept. */
export async function whereToLook(bench: DemoBench, root: string): Promise<string> {
  const inside = `ip netns exec ${bench.lan.service.name}`
  const eims = `${inside} ${join(root, 'eims')}`
  const data = `--data ${bench.dataDir}`
  // root's own way in, of a service that is thrown away
  const { url, key } = JSON.parse(await readFile(join(bench.dataDir, 'local.json'), 'utf8')) as Record<string, string>
  return `Still running. In another terminal, as root:

  ${eims} nodes list ${data}
  ${eims} nodes show demo-1 ${data}
  ${inside} curl -s -H 'Authorization: Bearer ${key}' ${url}/api/v1/nodes

  the service's log: ${join(bench.dataDir, '../service.log')}

Ctrl-C ends it and clears everything away but the pictures.
`
}
