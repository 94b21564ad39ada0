import { ListQuery, listOf } from '../list.ts'
import { ProfileInput, PublicProfile } from '../profile.ts'
import { define, id, nothing } from './shape.ts'

export const profilesRoutes = define({
  listProfiles: {
    method: 'GET',
    path: '/api/v1/profiles',
    listener: 'admin',
    role: 'viewer',
    summary: 'All OS profiles',
    query: ListQuery,
    reply: listOf(PublicProfile),
  },
  getProfile: {
    method: 'GET',
    path: '/api/v1/profiles/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One OS profile',
    params: id,
    reply: PublicProfile,
  },
  addProfile: {
    method: 'POST',
    path: '/api/v1/profiles',
    listener: 'admin',
    role: 'admin',
    summary: 'Add an OS profile',
    body: ProfileInput,
    reply: PublicProfile,
    status: 201,
  },
  putProfile: {
    method: 'PUT',
    path: '/api/v1/profiles/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Replace an OS profile; runs already made keep the old one',
    params: id,
    body: ProfileInput,
    reply: PublicProfile,
  },
  deleteProfile: {
    method: 'DELETE',
    path: '/api/v1/profiles/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove an OS profile that no node uses',
    params: id,
    reply: nothing,
    status: 204,
  },
})
