import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** under which name the requests of this route are counted */
    counts?: string
  }
}

/** How often machines asked for what, by the address of ours that they asked. Plain numbers since the start. */
export class BootTally {
  readonly #byAddress = new Map<string, Record<string, number>>()

  /** @param address one of ours; @param name out of a small set */
  count(address: string, name: string): void {
    const counts = this.#byAddress.get(address) ?? {}
    counts[name] = (counts[name] ?? 0) + 1
    this.#byAddress.set(address, counts)
  }

  /** The sum over some addresses of ours. What was never asked is not there. */
  of(addresses: string[]): Record<string, number> {
    const sum: Record<string, number> = {}
    for (const address of new Set(addresses))
      for (const [name, count] of Object.entries(this.#byAddress.get(address) ?? {}))
        sum[name] = (sum[name] ?? 0) + count
    return sum
  }
}

/** The address of ours that a machine asked; empty when it has hung up. */
export const addressOf = ({ raw }: Pick<FastifyRequest, 'raw'>): string =>
  (raw.socket.localAddress ?? '').replace(/^::ffff:/, '')

/** Tells of every request of the routes that have a name for it, and once more when it is refused or broken off. */
export function countRequests(app: FastifyInstance, count: (address: string, name: string) => void): void {
  const note = ({ raw, routeOptions }: FastifyRequest, ending = '') => {
    const { counts } = routeOptions.config
    if (counts) count(addressOf({ raw }), counts + ending)
  }
  app.addHook('onRequest', async (request) => note(request))
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode >= 400) note(request, '.refused')
  })
  app.addHook('onRequestAbort', async (request) => note(request, '.aborted'))
}
