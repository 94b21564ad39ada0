import { ensureFirstKey, listImages, listProfiles } from '@eims/registry'
import type { Database } from '../database.ts'
import { fingerprintText } from '../tls/authority.ts'
import type { Tls } from '../tls/open.ts'
import type { Administration } from './administration.ts'
import type { Boot } from './boot.ts'
import type { Given } from './given.ts'
import type { SiteAtHand } from './site.ts'

interface Before {
  database: Database
  tls: Tls
  site: SiteAtHand
  boot: Boot
  administration: Administration
}

/**
 * What `eims up` prints when it is ready. The first key of a database is made here, last of all: it is shown this once,
 * so nothing may fail between its making and the greeting.
 */
export async function makeGreeting({
  config,
  segments,
  database,
  tls,
  site: { site },
  boot,
  administration,
}: Given & Before): Promise<string> {
  const { db } = database.registry
  const [images, profiles] = await Promise.all([listImages(db, { pageSize: 1 }), listProfiles(db, { pageSize: 1 })])
  const firstKey = await ensureFirstKey(db)
  return greeting({
    segments,
    httpPort: config.httpPort,
    adminUrl: administration.url,
    adminHttpsUrl: administration.httpsUrl,
    caFingerprint: fingerprintText(tls.ca()),
    https: site().https ? config.httpsPort : null,
    firstKey,
    database: database.description,
    microOs: boot.artifacts.microOs(),
    counts: { images: images.items.length, profiles: profiles.items.length },
  })
}

interface Greeting {
  segments: { interface: string; address: string }[]
  httpPort: number
  adminUrl: string
  /** for administration from other machines; null: not opened */
  adminHttpsUrl: string | null
  /** SHA-256 of the site's CA, `AB:CD:…` */
  caFingerprint: string
  /** the machines' TLS port while the site boots over HTTPS, else null */
  https: number | null
  /** only at the first start of a database */
  firstKey: string | null
  database: string
  microOs: string[]
  /** what the registry holds already */
  counts: { images: number; profiles: number }
}

/** PURE: what it serves where, the first key, and the next step. */
function greeting(about: Greeting): string {
  const { segments, httpPort, adminUrl, adminHttpsUrl, caFingerprint, https, firstKey, database, microOs, counts } =
    about
  const lines = [
    'eims is up.',
    '',
    ...segments.map(
      ({ interface: name, address }) =>
        `  ${name}: ProxyDHCP, TFTP and ${https ? `https://${address}:${https}` : `http://${address}:${httpPort}`}/boot.ipxe`,
    ),
    `  dashboard: ${adminUrl}/${adminHttpsUrl ? `, from elsewhere ${adminHttpsUrl}/` : ''}`,
    `    ${firstKey ? 'sign in there with the admin key below' : 'sign in there with a key; as root, ./eims keys add NAME --role admin makes one'}`,
    `  administration: ${adminUrl}${adminHttpsUrl ? `, from elsewhere ${adminHttpsUrl}` : ''}`,
    `  site CA: ${adminUrl}/ca.crt, SHA-256 ${caFingerprint}`,
    `  registry: ${database}`,
    `  Micro-OS: ${microOs.join(', ') || 'none is built; no machine can be provisioned'}`,
    '',
  ]
  if (firstKey)
    lines.push(`  The admin key, shown this once: ${firstKey}`, '  (As root on this machine ./eims needs none.)', '')
  lines.push(`  Next: ${nextStep(counts)}`, '')
  return `${lines.join('\n')}\n`
}

function nextStep({ images, profiles }: Greeting['counts']): string {
  if (images === 0) return './eims images add FILE            add the image of an operating system'
  if (profiles === 0) return './eims profiles add NAME --image IMAGE     say how a unit is set up'
  return './eims nodes add --serial SERIAL --profile NAME, then switch the machine on; ./eims nodes list shows how it goes'
}
