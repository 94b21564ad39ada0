import { Batch, BatchInput } from '../batch.ts'
import { ListQuery, listOf } from '../list.ts'
import { define, id, nothing } from './shape.ts'

export const batchesRoutes = define({
  listBatches: {
    method: 'GET',
    path: '/api/v1/batches',
    listener: 'admin',
    role: 'viewer',
    summary: 'All batches',
    query: ListQuery,
    reply: listOf(Batch),
  },
  getBatch: {
    method: 'GET',
    path: '/api/v1/batches/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'One batch, with its counts',
    params: id,
    reply: Batch,
  },
  addBatch: {
    method: 'POST',
    path: '/api/v1/batches',
    listener: 'admin',
    role: 'operator',
    summary: 'Add a batch',
    body: BatchInput,
    reply: Batch,
    status: 201,
  },
  putBatch: {
    method: 'PUT',
    path: '/api/v1/batches/:id',
    listener: 'admin',
    role: 'operator',
    summary: 'Replace a batch',
    params: id,
    body: BatchInput,
    reply: Batch,
  },
  deleteBatch: {
    method: 'DELETE',
    path: '/api/v1/batches/:id',
    listener: 'admin',
    role: 'operator',
    summary: 'Remove a batch; its nodes stay',
    params: id,
    reply: nothing,
    status: 204,
  },
})
