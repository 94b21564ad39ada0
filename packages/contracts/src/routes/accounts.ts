import { AccountInput, PublicAccount } from '../account.ts'
import { ListQuery, listOf } from '../list.ts'
import { define, id, nothing } from './shape.ts'

export const accountsRoutes = define({
  listAccounts: {
    method: 'GET',
    path: '/api/v1/accounts',
    listener: 'admin',
    role: 'viewer',
    summary: 'All local accounts',
    query: ListQuery,
    reply: listOf(PublicAccount),
  },
  getAccount: {
    method: 'GET',
    path: '/api/v1/accounts/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One local account',
    params: id,
    reply: PublicAccount,
  },
  addAccount: {
    method: 'POST',
    path: '/api/v1/accounts',
    listener: 'admin',
    role: 'admin',
    summary: 'Add a local account',
    body: AccountInput,
    reply: PublicAccount,
    status: 201,
  },
  putAccount: {
    method: 'PUT',
    path: '/api/v1/accounts/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Replace a local account',
    params: id,
    body: AccountInput,
    reply: PublicAccount,
  },
  deleteAccount: {
    method: 'DELETE',
    path: '/api/v1/accounts/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove a local account that nothing uses',
    params: id,
    reply: nothing,
    status: 204,
  },
})
