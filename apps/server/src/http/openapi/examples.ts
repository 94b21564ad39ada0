import { type CallInput, type CallReply, ProblemError, type RouteName, toProblem } from '@eims/contracts'

type Examples = {
  [N in RouteName]?: {
    /** of a body that is no JSON: its text */
    body?: CallInput<N> extends { body: infer B } ? B : string
    reply?: CallReply<N>
  }
}

const node: CallReply<'addNode'> = {
  id: '0198f3a2-5c1e-7b6a-9d3e-2f4a6b8c0d1e',
  name: 'unit-1',
  serial: 'SN-0001',
  uuid: null,
  macs: ['52:54:00:aa:00:01'],
  provisional: [],
  manufacturer: null,
  product: null,
  registered: true,
  profile: 'debian-13',
  site: 'default',
  batch: 'lot-7',
  metadata: { rack: '7' },
  account: null,
  disk: null,
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
  configSha256: null,
  state: 'REGISTERED',
  desired: 'ONBOARDED',
  status: {
    reason: { code: 'registered', slots: {}, text: 'registered' },
    indicator: 'IDLE',
    at: '2026-11-20T10:00:00.000Z',
  },
  hold: null,
  waiting: null,
  instance: null,
  installed: null,
  run: null,
  lastSeenAt: null,
  createdAt: '2026-11-20T10:00:00.000Z',
}

/** What the document shows of the routes that a new client calls first. */
export const examples: Examples = {
  addBatch: { body: { name: 'lot-7', expected: 40 } },
  addKey: { body: { name: 'stock-list', role: 'operator', expiresAt: '2027-06-30T00:00:00Z' } },
  addNode: {
    body: { name: 'unit-1', serial: 'SN-0001', macs: ['52:54:00:aa:00:01'], profile: 'debian-13', batch: 'lot-7' },
    reply: node,
  },
  addProfile: {
    body: { name: 'debian-13', image: 'debian-13', account: { userName: 'edge', sshKeys: [] } },
  },
  bulkNodes: {
    body: { select: { filter: 'batch = lot-7 AND instance.state = FAILED' }, action: 'retry' },
    reply: {
      matched: 3,
      done: 2,
      failed: [{ node: 'unit-3', code: 'wrong-state', detail: 'unit-3 has no failed run.' }],
    },
  },
  importNodes: { body: 'Serial,OSProfile,Batch\nSN-0001,debian-13,lot-7\nSN-0002,debian-13,lot-7\n' },
  listNodes: { reply: { items: [node], nextPageToken: null, total: 1 } },
  patchNode: { body: { batch: 'lot-8', profile: null } },
  reprovisionNode: { body: { reason: 'the disk was replaced' } },
}

export const aProblem = toProblem(
  new ProblemError('invalid-input', 'query.dryrun is no parameter of this route; did you mean dryRun?', [
    { path: 'query.dryrun', message: 'is no parameter of this route; did you mean dryRun?' },
  ]),
  'req-1f',
)
