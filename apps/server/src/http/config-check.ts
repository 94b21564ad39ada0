import { configSchema } from '@eims/edge-config'
import type { Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { checkedConfig } from '../engine/node-config.ts'
import { serve } from './routes.ts'

/** Config-files before they are stored: what carries them takes them (config-files.ts). */
export function configCheckRoutes(app: FastifyInstance, { db }: Registry): void {
  serve(app, 'checkConfig', ({ body }) => checkedConfig(db, body))
  serve(app, 'configSchema', async () => ({ ...configSchema }))
}
