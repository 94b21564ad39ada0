import { join } from 'node:path'
import type { Dashboard, DemoBench } from './bench.ts'

/** PURE: where a browser finds the demo's dashboard, and how a person gets in. */
export const signInText = ({ url, key }: Dashboard): string => `  ${url}\n  sign in with the key ${key}\n`

/**
 * PURE: the last words of a demo that goes on until Ctrl-C.
 * @param machinesRun whether those that were switched on last still are
 */
export function whileItStays(dashboard: Dashboard, machinesRun: boolean): string {
  const { port } = new URL(dashboard.url)
  return `The dashboard stays open, for a browser on this machine:

${signInText(dashboard)}
From another one: ssh -L ${port}:127.0.0.1:${port} THIS-MACHINE, and the same address there.
${machinesRun ? '' : 'The machines are switched off. '}Ctrl-C clears everything away but the pictures.
`
}

/** What else a person can do with a demo that is kept. */
export async function whereToLook(bench: DemoBench, root: string): Promise<string> {
  const inside = `ip netns exec ${bench.lan.service.name}`
  const eims = `${inside} ${join(root, 'eims')}`
  const data = `--data ${bench.dataDir}`
  const { url, key } = await bench.localAccess()
  return `In another terminal, as root:

  ${eims} nodes list ${data}
  ${eims} nodes show demo-1 ${data}
  ${inside} curl -s -H 'Authorization: Bearer ${key}' ${url}/api/v1/nodes

  the service's log: ${join(bench.dataDir, '../service.log')}
`
}
