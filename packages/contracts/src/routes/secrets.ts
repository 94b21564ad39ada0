import { ListQuery, listOf } from '../list.ts'
import { Secret, SecretInput, SecretPatch } from '../secret.ts'
import { define, id, nothing } from './shape.ts'

export const secretsRoutes = define({
  listSecrets: {
    method: 'GET',
    path: '/api/v1/secrets',
    listener: 'admin',
    role: 'viewer',
    summary: 'All secrets: names and keys, no values',
    query: ListQuery,
    reply: listOf(Secret),
  },
  getSecret: {
    method: 'GET',
    path: '/api/v1/secrets/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One secret: its keys, no values',
    params: id,
    reply: Secret,
  },
  addSecret: {
    method: 'POST',
    path: '/api/v1/secrets',
    listener: 'admin',
    role: 'admin',
    summary: 'Add a secret that config-files can name',
    body: SecretInput,
    reply: Secret,
    status: 201,
  },
  patchSecret: {
    method: 'PATCH',
    path: '/api/v1/secrets/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Change values of a secret; null removes a key that no config-file names',
    params: id,
    body: SecretPatch,
    reply: Secret,
  },
  deleteSecret: {
    method: 'DELETE',
    path: '/api/v1/secrets/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove a secret that no config-file names',
    params: id,
    reply: nothing,
    status: 204,
  },
})
