import { Diagnosis, DiagnosisQuery } from '../diagnosis.ts'
import { LogEntry, Timeline } from '../event.ts'
import { ListQuery, listOf } from '../list.ts'
import { Node, NodeDetail, NodeInput, NodePatch } from '../node.ts'
import { define, id, nothing } from './shape.ts'

export const nodesRoutes = define({
  listNodes: {
    method: 'GET',
    path: '/api/v1/nodes',
    listener: 'admin',
    role: 'viewer',
    summary: 'All nodes',
    query: ListQuery,
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
    summary: 'Change a node: its identifiers, batch, profile, account and the rest',
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
    query: ListQuery,
    reply: listOf(LogEntry),
  },
  diagnosis: {
    method: 'GET',
    path: '/api/v1/diagnosis',
    listener: 'admin',
    role: 'viewer',
    summary: 'Why a machine is where it is, also one that nobody registered',
    query: DiagnosisQuery,
    reply: Diagnosis,
  },
})
