import type { FastifyInstance, FastifyReply } from 'fastify'
import { baseOf } from '../urls.ts'
import type { Generated } from './generated.ts'
import { GRUB_CFG, grubDecision } from './grub.ts'
import type { Judge } from './judge.ts'

const schema = { hide: true }

/**
 * Bytes of every decision, whatever it is: a size is asked for before the decision is, and a question about the size is no
 * boot. More than a reason and a profile's kernel arguments can make it.
 */
const DECISION = 8192

const text = (reply: FastifyReply) => reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store')

/** What the GRUB of shim fetches beside kernel and initrd: its configuration, and the one that carries its decision out. */
export function grubRoutes(app: FastifyInstance, { generated }: { generated: Generated }, judge: Judge): void {
  // GRUB that UEFI HTTP boot has loaded looks for its configuration below the server's root.
  app.get(`/${GRUB_CFG}`, { config: { listener: 'open', counts: 'boot' }, schema }, async (request, reply) =>
    text(reply).send(generated(GRUB_CFG, baseOf(request))),
  )
  app.route({
    method: ['GET', 'HEAD'],
    url: '/boot/grub',
    config: { listener: 'open', counts: 'script' },
    schema,
    handler: async (request, reply) =>
      request.method === 'HEAD'
        ? text(reply).header('content-length', DECISION).send()
        : text(reply).send((await judge(request, reply, grubDecision)).padEnd(DECISION, '\n')),
  })
}
