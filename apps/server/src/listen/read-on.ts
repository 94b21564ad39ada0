import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * For a reply that is given before the request's body has come. Node ends a connection that is not to be kept as soon as
 * the reply is out; a caller that still sends then sees it break, and never reads why it was refused. So it is kept until
 * the body is there, or the listener's patience with it ends.
 */
export function readOn(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || response.shouldKeepAlive) return
  response.shouldKeepAlive = true
  const end = () => void (request.complete && response.writableFinished && request.socket.end())
  request.once('end', end)
  response.once('finish', end)
}
