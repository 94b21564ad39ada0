import { z } from 'zod'
import { Image, ImageAdd, ImageDeleted, ImagePruned, ImageUploadQuery } from '../image.ts'
import { ListQuery, listOf } from '../list.ts'
import { define, id } from './shape.ts'

export const imagesRoutes = define({
  listImages: {
    method: 'GET',
    path: '/api/v1/images',
    listener: 'admin',
    role: 'viewer',
    summary: 'All images',
    query: ListQuery,
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
    summary: 'Add an image from a file in one of the server’s image folders, or by fetching it from a URL',
    body: ImageAdd,
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
    consumes: 'application/octet-stream',
    reply: Image,
    status: 202,
  },
  deleteImage: {
    method: 'DELETE',
    path: '/api/v1/images/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove an image that no profile uses, and end its conversion',
    params: id,
    reply: ImageDeleted,
  },
  cancelImage: {
    method: 'POST',
    path: '/api/v1/images/:id/cancel',
    listener: 'admin',
    role: 'admin',
    summary: 'End the conversion of an image; it becomes failed, and its name is free',
    params: id,
    reply: Image,
  },
  pruneImages: {
    method: 'POST',
    path: '/api/v1/images/prune',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove failed images that no profile uses, and every stored piece that nothing needs',
    body: z.strictObject({ dryRun: z.boolean().default(false) }),
    reply: ImagePruned,
  },
})
