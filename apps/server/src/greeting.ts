export interface Greeting {
  segments: { interface: string; address: string }[]
  httpPort: number
  adminUrl: string
  /** only at the first start of a database */
  firstKey: string | null
  database: string
  microOs: string[]
  /** what the registry holds already */
  counts: { images: number; profiles: number }
}

/** What `eims up` prints when it is ready: what it serves where, the first key, and the next step. */
export function greeting({ segments, httpPort, adminUrl, firstKey, database, microOs, counts }: Greeting): string {
  const lines = [
    'eims is up.',
    '',
    ...segments.map(
      ({ interface: name, address }) => `  ${name}: ProxyDHCP, TFTP and http://${address}:${httpPort}/boot.ipxe`,
    ),
    `  administration: ${adminUrl}`,
    `  registry: ${database}`,
    `  Micro-OS: ${microOs.join(', ') || 'none is built; no machine can be provisioned'}`,
    '',
  ]
  if (firstKey)
    lines.push(`  The admin key, shown this once: ${firstKey}`, '  (As root on this machine no key is needed.)', '')
  lines.push(`  Next: ${nextStep(counts)}`, '')
  return `${lines.join('\n')}\n`
}

function nextStep({ images, profiles }: Greeting['counts']): string {
  if (images === 0) return './eims images add FILE            add the image of an operating system'
  if (profiles === 0) return './eims profiles add NAME --image IMAGE     say how a unit is set up'
  return './eims nodes add --serial SERIAL --profile NAME, then switch the machine on; ./eims nodes list shows how it goes'
}
