import type { Image } from '@eims/contracts'

/** A ready image of the store. */
export const image: Image = {
  id: 'id-1',
  name: 'disk',
  architecture: 'x86_64',
  format: 'raw',
  state: 'ready',
  reason: null,
  progress: 1,
  sourceSha256: null,
  sourceUrl: null,
  rawSize: 4096,
  rawSha256: null,
  manifestSha256: null,
  frameCount: 1,
  storedSize: 100,
  facts: null,
  k3sVersion: null,
  warnings: [],
  createdAt: '2026-11-20T10:00:00.000Z',
}
