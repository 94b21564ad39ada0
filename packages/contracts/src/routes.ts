import { z } from 'zod'
import {
  NextReply,
  NextRequest,
  OnboardReply,
  OnboardRequest,
  PhoneHomeReply,
  PhoneHomeRequest,
  ReportReply,
  ReportRequest,
} from './agent.ts'
import { LogEntry, Timeline } from './event.ts'
import { Image, ImageAddByPath, ImageUploadQuery } from './image.ts'
import { Node, NodeDetail, NodeInput, NodePatch, ReprovisionInput, RetryInput } from './node.ts'
import { ProfileInput, PublicProfile } from './profile.ts'
import { Site, SitePatch } from './site.ts'

/** Which listener a route is served on: the machines' LAN, or the administrator's. */
export type Listener = 'open' | 'admin'
/** Roles of keys, each including the ones before it. */
export const Role = z.enum(['viewer', 'operator', 'admin'])
export type Role = z.infer<typeof Role>

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  path: string
  listener: Listener
  /** for admin routes: the lowest role that may call it */
  role?: Role
  summary: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  reply: z.ZodType
  status?: number
}

const id = z.object({ id: z.string().min(1).max(128) })
const page = z.object({
  pageSize: z.coerce.number().int().min(1).max(1000).default(100),
  pageToken: z.string().max(512).optional(),
})
const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextPageToken: z.string().nullable() })
const nothing = z.null()
const define = <const R extends Record<string, Route>>(table: R) => table

/**
 * The one table of JSON endpoints: the server registers from it, clients call from it, OpenAPI comes out of it.
 * `:id` of a node is its id, name, serial, UUID or MAC; of profiles and images their id or name.
 */
export const routes = define({
  onboard: {
    method: 'POST',
    path: '/agent/v1/onboard',
    listener: 'open',
    summary: 'An agent introduces its machine',
    body: OnboardRequest,
    reply: OnboardReply,
  },
  next: {
    method: 'POST',
    path: '/agent/v1/next',
    listener: 'open',
    summary: 'The next action of the machine’s run, leased',
    body: NextRequest,
    reply: NextReply,
  },
  report: {
    method: 'POST',
    path: '/agent/v1/report',
    listener: 'open',
    summary: 'Progress, log lines and result of an action',
    body: ReportRequest,
    reply: ReportReply,
  },
  phoneHome: {
    method: 'POST',
    path: '/agent/v1/phone-home',
    listener: 'open',
    summary: 'The installed OS reports itself',
    body: PhoneHomeRequest,
    reply: PhoneHomeReply,
  },

  getSite: {
    method: 'GET',
    path: '/api/v1/site',
    listener: 'admin',
    role: 'viewer',
    summary: 'The site’s settings',
    reply: Site,
  },
  patchSite: {
    method: 'PATCH',
    path: '/api/v1/site',
    listener: 'admin',
    role: 'admin',
    summary: 'Change the site’s settings',
    body: SitePatch,
    reply: Site,
  },

  listImages: {
    method: 'GET',
    path: '/api/v1/images',
    listener: 'admin',
    role: 'viewer',
    summary: 'All images',
    query: page,
    reply: listOf(Image),
  },
  getImage: {
    method: 'GET',
    path: '/api/v1/images/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One image',
    params: id,
    reply: Image,
  },
  addImage: {
    method: 'POST',
    path: '/api/v1/images',
    listener: 'admin',
    role: 'admin',
    summary: 'Add an image from a file on the server',
    body: ImageAddByPath,
    reply: Image,
    status: 202,
  },
  uploadImage: {
    method: 'POST',
    path: '/api/v1/images/upload',
    listener: 'admin',
    role: 'admin',
    summary: 'Add an image by sending the file (application/octet-stream)',
    query: ImageUploadQuery,
    reply: Image,
    status: 202,
  },
  deleteImage: {
    method: 'DELETE',
    path: '/api/v1/images/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove an image that no profile uses',
    params: id,
    reply: nothing,
    status: 204,
  },

  listProfiles: {
    method: 'GET',
    path: '/api/v1/profiles',
    listener: 'admin',
    role: 'viewer',
    summary: 'All OS profiles',
    query: page,
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

  listNodes: {
    method: 'GET',
    path: '/api/v1/nodes',
    listener: 'admin',
    role: 'viewer',
    summary: 'All nodes',
    query: page,
    reply: listOf(Node),
  },
  addNode: {
    method: 'POST',
    path: '/api/v1/nodes',
    listener: 'admin',
    role: 'operator',
    summary: 'Register a node by serial, UUID or MAC',
    body: NodeInput,
    reply: Node,
    status: 201,
  },
  getNode: {
    method: 'GET',
    path: '/api/v1/nodes/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One node',
    params: id,
    reply: NodeDetail,
  },
  patchNode: {
    method: 'PATCH',
    path: '/api/v1/nodes/:id',
    listener: 'admin',
    role: 'operator',
    summary: 'Change a node’s name or profile',
    params: id,
    body: NodePatch,
    reply: Node,
  },
  deleteNode: {
    method: 'DELETE',
    path: '/api/v1/nodes/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove a node',
    params: id,
    reply: nothing,
    status: 204,
  },
  nodeTimeline: {
    method: 'GET',
    path: '/api/v1/nodes/:id/timeline',
    listener: 'admin',
    role: 'viewer',
    summary: 'What happened to the machine, and how long each stage took',
    params: id,
    reply: Timeline,
  },
  nodeLogs: {
    method: 'GET',
    path: '/api/v1/nodes/:id/logs',
    listener: 'admin',
    role: 'viewer',
    summary: 'Log lines of the node’s runs',
    params: id,
    query: page,
    reply: listOf(LogEntry),
  },
  provisionNode: {
    method: 'POST',
    path: '/api/v1/nodes/:id/provision',
    listener: 'admin',
    role: 'operator',
    summary: 'Make the instance of a node that waits for it',
    params: id,
    reply: Node,
  },
  reprovisionNode: {
    method: 'POST',
    path: '/api/v1/nodes/:id/reprovision',
    listener: 'admin',
    role: 'operator',
    summary: 'Image a finished node again',
    params: id,
    body: ReprovisionInput,
    reply: Node,
  },
  retryNode: {
    method: 'POST',
    path: '/api/v1/nodes/:id/retry',
    listener: 'admin',
    role: 'operator',
    summary: 'Take a failed run up again',
    params: id,
    body: RetryInput,
    reply: Node,
  },
  cancelNode: {
    method: 'POST',
    path: '/api/v1/nodes/:id/cancel',
    listener: 'admin',
    role: 'operator',
    summary: 'Cancel the node’s active run',
    params: id,
    reply: Node,
  },
})
export type RouteName = keyof typeof routes
