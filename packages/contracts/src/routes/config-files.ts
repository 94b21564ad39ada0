import { ConfigCheck, ConfigChecked, ConfigSchema } from '../config-file.ts'
import { define } from './shape.ts'

export const configFilesRoutes = define({
  checkConfig: {
    method: 'POST',
    path: '/api/v1/config-files/check',
    listener: 'admin',
    // who may store none may not try what secrets hold by the mistakes that a file has
    role: 'operator',
    summary: 'What is wrong with a config-file that is not stored, and what it would come to on a node',
    body: ConfigCheck,
    reply: ConfigChecked,
  },
  configSchema: {
    method: 'GET',
    path: '/api/v1/config-files/schema',
    listener: 'admin',
    role: 'viewer',
    summary: 'The format of config-files as JSON Schema',
    operationId: 'getConfigSchema',
    reply: ConfigSchema,
  },
})
