import { type IncomingMessage, ServerResponse } from 'node:http'

/** Names of headers are the same in any case (RFC 9110 section 5.1), but not to GRUB 2.12, which reads a size only from this. */
const spelt = (name: string) => (name === 'content-length' ? 'Content-Length' : name)

/** A response that writes `Content-Length` so, whoever set it: a loader that reads no other then knows how much comes. */
export class SpeltResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(spelt(name), value)
  }

  // biome-ignore lint/suspicious/noExplicitAny: it has two forms, of which the last argument is the headers
  override writeHead(status: number, ...more: any[]): this {
    const headers: unknown = more.at(-1)
    if (typeof headers === 'object' && headers !== null && !Array.isArray(headers))
      more[more.length - 1] = Object.fromEntries(Object.entries(headers).map(([name, value]) => [spelt(name), value]))
    return super.writeHead(status, ...(more as [Record<string, string>]))
  }
}
