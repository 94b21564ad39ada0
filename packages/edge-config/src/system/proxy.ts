import { LIMITS } from '../limits.ts'
import { mapping, words } from '../shape/collections.ts'
import { text } from '../shape/scalars.ts'
import type { ReadOf } from '../shape/shape.ts'

/** It stands in quotation marks in /etc/environment, in systemd's drop-ins and in the configuration of apt. */
const PRINTABLE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * `scheme://user:password@host:port` and no other spelling: the URL standard takes more for one, of which curl and Go read
 * another password, or none. A password *** is the stored one, so none may begin so.
 */
const STRICT =
  /^[a-z][a-z0-9+.-]*:\/\/(?:[^:@/?#]*(?::(?!\*{3}[^@])[^:@/?#]*)?@)?(?:\[[^\]@/?#]+\]|[^:@/?#]+)(?::\d+)?(?:[/?#].*)?$/i

const proxyUrl = (says: string, schemes: RegExp, example: string) =>
  text(says, {
    fault(given) {
      const url = URL.parse(given)
      if (!PRINTABLE.test(given)) return 'must be printable ASCII without spaces, " or \\'
      // `proxy:3128` is a URL too, of the scheme `proxy:`
      return url && STRICT.test(given) && schemes.test(url.protocol) ? null : `must be a URL such as ${example}`
    },
    remedy: `Write it with its scheme: ${example}; of user and password : is %3A, @ is %40 and / is %2F`,
    example,
  })

const HTTP = /^https?:$/

export const proxy = mapping(
  'The proxy behind which the unit stands: for its OS, its package manager, its container runtime and its cluster.',
  {
    httpProxy: proxyUrl('For http:// addresses.', HTTP, 'http://proxy.example.com:3128'),
    httpsProxy: proxyUrl('For https:// addresses.', HTTP, 'http://proxy.example.com:3128'),
    ftpProxy: proxyUrl('For ftp:// addresses.', /^(?:https?|ftp):$/, 'http://proxy.example.com:3128'),
    socksProxy: proxyUrl(
      'SOCKS, for whatever asks ALL_PROXY.',
      /^socks(?:4a?|5h?)?:$/,
      'socks5://proxy.example.com:1080',
    ),
    noProxy: words(
      'What is reached without a proxy: names, suffixes (.example.com), addresses and networks. localhost, the unit’s own addresses and its cluster’s networks need not be named.',
      text('A name, suffix, address or network.', {
        most: 255,
        pattern: /^[A-Za-z0-9.*:_/[\]%-]+$/,
        must: 'a name, suffix, address or network',
      }),
      4 * LIMITS.names,
    ),
  },
  { aliases: { no: 'noProxy', http: 'httpProxy', https: 'httpsProxy', allProxy: 'socksProxy' } },
)
export type GivenProxy = ReadOf<typeof proxy>
