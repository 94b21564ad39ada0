import type { Server as TlsServer } from 'node:tls'
import type { Signed } from './sign.ts'

/** The certificate that all TLS listeners of this server show, exchanged under way without a new connection noticing. */
export interface CertificateInUse {
  current(): Signed
  /** The listener shows whatever is current, until it is closed. */
  attach(server: TlsServer): void
}

/** A certificate and the CA (PEM) that vouches for it: machines are told the one and shown the other. */
interface Pair {
  leaf: Signed
  ca: string
}

interface KeeperParts {
  /** the pair that fits now: read from disk, or made anew */
  fitting: () => Promise<Pair>
  /** whether the site has another CA than this one */
  hasOtherCa?: (ca: string) => Promise<boolean>
  log: { warn(fields: object, line: string): void; info(line: string): void }
  /** milliseconds between two looks at everything, and at the site's CA alone */
  every?: number
  everyCa?: number
}

const MINUTE = 60_000

interface Keeper extends CertificateInUse, Disposable {
  /** the CA of the certificate in use, PEM */
  ca(): string
  look(): Promise<void>
}

/**
 * Keeps the certificate fitting. Rejects when there is none at the start; later troubles leave the former pair in use,
 * and are told once each.
 */
export async function keepCertificate({
  fitting,
  hasOtherCa = async () => false,
  log,
  every = 60 * MINUTE,
  everyCa = MINUTE,
}: KeeperParts): Promise<Keeper> {
  let current = await fitting()
  let trouble: string | null = null
  const servers = new Set<TlsServer>()
  async function take(): Promise<void> {
    const next = await fitting()
    const { certificate } = current.leaf
    current = next
    if (next.leaf.certificate === certificate) return
    for (const server of servers) server.setSecureContext(contextOf(next.leaf))
    log.info('tls: the server shows a new certificate from now on')
  }
  // One after the other: an older reading must not take the place of a newer one.
  let looking: Promise<void> = Promise.resolve()
  const look = (needed: () => Promise<boolean>) => {
    looking = looking.then(async () => {
      try {
        if (await needed()) await take()
        else return
        trouble = null
      } catch (error) {
        if (trouble !== String(error))
          log.warn({ err: error }, 'tls: the certificate could not be looked after; the former one stays in use')
        trouble = String(error)
      }
    })
    return looking
  }
  const always = async () => true
  const timers = [
    setInterval(() => void look(always), every).unref(),
    setInterval(() => void look(() => hasOtherCa(current.ca)), everyCa).unref(),
  ]
  return {
    current: () => current.leaf,
    ca: () => current.ca,
    attach(server) {
      servers.add(server)
      server.once('close', () => servers.delete(server))
    },
    look: () => look(always),
    [Symbol.dispose]: () => timers.forEach(clearInterval),
  }
}

/** As node:tls takes it. iPXE speaks TLS 1.2. */
export const contextOf = ({ certificate, key }: Signed) => ({ cert: certificate, key, minVersion: 'TLSv1.2' as const })
