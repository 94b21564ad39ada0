import { Addon, AddonInput } from '../addon.ts'
import { ListQuery, listOf } from '../list.ts'
import { define, id, nothing } from './shape.ts'

export const addonsRoutes = define({
  listAddons: {
    method: 'GET',
    path: '/api/v1/addons',
    listener: 'admin',
    role: 'viewer',
    summary: 'All sets of addons',
    query: ListQuery,
    reply: listOf(Addon),
  },
  getAddon: {
    method: 'GET',
    path: '/api/v1/addons/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One set of addons, with its files',
    params: id,
    reply: Addon,
  },
  addAddon: {
    method: 'POST',
    path: '/api/v1/addons',
    listener: 'admin',
    role: 'admin',
    summary: 'Make a set of addons of an archive that was sent as an image of the format addons',
    body: AddonInput,
    reply: Addon,
    status: 201,
  },
  putAddon: {
    method: 'PUT',
    path: '/api/v1/addons/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Replace a set of addons; another archive is a new version, and the former one is removed',
    params: id,
    body: AddonInput,
    reply: Addon,
  },
  deleteAddon: {
    method: 'DELETE',
    path: '/api/v1/addons/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove a set of addons that no profile has, with its archive',
    params: id,
    reply: nothing,
    status: 204,
  },
})
