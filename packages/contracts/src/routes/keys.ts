import { KeyInput, NewKey, PublicKey } from '../key.ts'
import { ListQuery, listOf } from '../list.ts'
import { define, id, nothing } from './shape.ts'

export const keysRoutes = define({
  listKeys: {
    method: 'GET',
    path: '/api/v1/keys',
    listener: 'admin',
    role: 'admin',
    summary: 'All keys, without their text',
    query: ListQuery,
    reply: listOf(PublicKey),
  },
  getKey: {
    method: 'GET',
    path: '/api/v1/keys/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'One key, without its text',
    params: id,
    reply: PublicKey,
  },
  addKey: {
    method: 'POST',
    path: '/api/v1/keys',
    listener: 'admin',
    role: 'admin',
    summary: 'Make a key; its text is in this reply and nowhere else',
    body: KeyInput,
    reply: NewKey,
    status: 201,
    secret: true,
  },
  deleteKey: {
    method: 'DELETE',
    path: '/api/v1/keys/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Revoke a key; the last one of an administrator stays',
    params: id,
    reply: nothing,
    status: 204,
  },
})
