import type { Listener } from '@eims/contracts'
import type { RouteOptions } from 'fastify'

/**
 * PURE: the methods of a path, in the order of the alphabet; none when nothing is served there on this listener.
 * @param path of a request, without its query
 */
export function methodsAt(
  served: readonly Pick<RouteOptions, 'method' | 'url' | 'config'>[],
  path: string,
  listener: Listener | null,
): string[] {
  const here = served.filter(({ url, config }) => {
    const only = config?.listener
    return (only === undefined || listener === null || only === listener) && formOf(url).test(path)
  })
  return [...new Set(here.flatMap(({ method }) => method))].sort()
}

/** `:id` stands for what is between two slashes, `*` for all that follows. */
function formOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+'
    return part === '*' ? '.*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
  })
  return new RegExp(`^${parts.join('/')}$`)
}
