import Fastify, { type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { type BootRoutes, bootRoutes } from './boot/routes.ts'
import type { Engine } from './engine/engine.ts'
import { agentRoutes } from './http/agent.ts'
import { blobRoutes } from './http/blobs.ts'
import { answerProblem, handleErrors } from './http/errors.ts'
import { healthRoutes } from './http/health.ts'
import { type ImageRoutes, imageRoutes } from './http/images.ts'
import { guardWithKeys } from './http/keys.ts'
import { nodeRoutes } from './http/nodes.ts'
import { serveOpenApi } from './http/openapi.ts'
import { profileRoutes } from './http/profiles.ts'
import { guardListeners, useZod } from './http/routes.ts'
import { siteRoutes } from './http/site.ts'

const BODY_BYTES = 1024 * 1024

export interface AppParts {
  version: string
  log: Logger
  engine: Engine
  boot: BootRoutes
  images: ImageRoutes
  onSiteChange: () => Promise<void>
}

/** Builds the HTTP application; it listens nowhere. Which listener may reach which route is each route's own word. */
export async function buildApp({
  version,
  log,
  engine,
  boot,
  images,
  onSiteChange,
}: AppParts): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: answerProblem,
  }) as unknown as FastifyInstance
  app.removeContentTypeParser('text/plain')
  useZod(app)
  handleErrors(app)
  guardListeners(app)
  guardWithKeys(app, engine.registry.db)
  await serveOpenApi(app, version)
  bootRoutes(app, boot)
  await blobRoutes(app, images.store)
  agentRoutes(app, engine)
  siteRoutes(app, {
    registry: engine.registry,
    onChange: async () => {
      engine.waits.wakeAll()
      await onSiteChange()
    },
  })
  await imageRoutes(app, images)
  profileRoutes(app, engine)
  nodeRoutes(app, engine)
  healthRoutes(app, engine.registry)
  await app.ready()
  return app
}
