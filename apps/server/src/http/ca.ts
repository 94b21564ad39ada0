import { ProblemError } from '@eims/contracts'
import { type Registry, siteCaCertificate } from '@eims/registry'
import type { FastifyInstance } from 'fastify'

/** `GET /ca.crt`, on every listener: the site's CA, which is no secret. Its fingerprint is what a person compares. */
export function caRoutes(app: FastifyInstance, { db }: Registry): void {
  app.get('/ca.crt', { exposeHeadRoute: false, schema: { hide: true } }, async (_request, reply) => {
    const pem = await siteCaCertificate(db)
    if (pem === null) throw new ProblemError('not-found', 'the site has no CA yet')
    return reply
      .type('application/x-pem-file')
      .header('content-disposition', 'attachment; filename="eims-ca.crt"')
      .send(pem)
  })
}
