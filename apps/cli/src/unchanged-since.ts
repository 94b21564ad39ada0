/** What is read is changed soon, or never. */
const MOST = 1000

/**
 * A fetch that sends a change only on top of what was read: the ETag of a GET goes along, as If-Match, with the next PUT
 * or PATCH of the same address. What somebody else changed in between is then refused by the server, not overwritten.
 */
export function unchangedSince(doFetch: typeof fetch = fetch): typeof fetch {
  const read = new Map<string, string>()
  return async (input, init = {}) => {
    const address = input instanceof Request ? input.url : input.toString()
    const etag = read.get(address)
    const changes = init.method === 'PUT' || init.method === 'PATCH'
    const headers = changes && etag ? { ...(init.headers as Record<string, string>), 'if-match': etag } : init.headers
    const response = await doFetch(input, { ...init, ...(headers ? { headers } : {}) })
    const given = response.headers.get('etag')
    if (init.method === 'GET' && response.ok && given) read.set(address, given)
    else read.delete(address)
    if (read.size > MOST) read.clear()
    return response
  }
}
