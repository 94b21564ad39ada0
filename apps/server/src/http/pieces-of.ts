import type { Readable } from 'node:stream'

/**
 * The body of a request as it comes. Who stops half-way leaves the stream whole: its rest is read and thrown away once
 * the reply is out, so that a caller that still sends reads why it was refused (listen/http.ts).
 */
export const piecesOf = (body: Readable): AsyncIterableIterator<Buffer> => body.iterator({ destroyOnReturn: false })
