import { accountsRoutes } from './routes/accounts.ts'
import { addonsRoutes } from './routes/addons.ts'
import { agentRoutes } from './routes/agent.ts'
import { auditRoutes } from './routes/audit.ts'
import { backupRoutes } from './routes/backup.ts'
import { batchesRoutes } from './routes/batches.ts'
import { configFilesRoutes } from './routes/config-files.ts'
import { eventsRoutes } from './routes/events.ts'
import { imagesRoutes } from './routes/images.ts'
import { importsRoutes } from './routes/imports.ts'
import { keysRoutes } from './routes/keys.ts'
import { nodeActionsRoutes } from './routes/node-actions.ts'
import { nodesRoutes } from './routes/nodes.ts'
import { profilesRoutes } from './routes/profiles.ts'
import { secretsRoutes } from './routes/secrets.ts'
import { sessionRoutes } from './routes/session.ts'
import { siteRoutes } from './routes/site.ts'
import { webhooksRoutes } from './routes/webhooks.ts'
import { workflowsRoutes } from './routes/workflows.ts'

export { includesRole, type Listener, Role, type Route } from './routes/shape.ts'

/**
 * The one table of JSON endpoints: the server registers from it, clients call from it, OpenAPI comes out of it.
 * `:id` of a node is its id, name, serial, UUID or MAC; of profiles, images and the like their id or name.
 */
export const routes = {
  ...agentRoutes,
  ...siteRoutes,
  ...imagesRoutes,
  ...profilesRoutes,
  ...workflowsRoutes,
  ...addonsRoutes,
  ...batchesRoutes,
  ...configFilesRoutes,
  ...accountsRoutes,
  ...secretsRoutes,
  ...nodesRoutes,
  ...importsRoutes,
  ...nodeActionsRoutes,
  ...eventsRoutes,
  ...keysRoutes,
  ...sessionRoutes,
  ...auditRoutes,
  ...webhooksRoutes,
  ...backupRoutes,
}
export type RouteName = keyof typeof routes
