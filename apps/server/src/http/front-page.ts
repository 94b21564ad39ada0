import { createHash } from 'node:crypto'
import type { ServerCounters } from '@eims/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { overTls } from '../urls.ts'
import type { Dashboard } from './dashboard.ts'

/** What the page tells; anybody who reaches the administrator's address may read it. */
interface Told {
  name: string
  version: string
  /** what is wrong, in words; none: it is well */
  broken: string[]
  interfaces: { name: string; away: string | null }[]
  /** under which the caller asked, `https://192.168.77.1:7444` */
  base: string
}

const STYLE = `
:root { color-scheme: light dark; --dim: #57606a; --line: #d0d7de; --good: #1a7f37; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --dim: #9198a1; --line: #3d444d; --good: #3fb950; --bad: #f85149; } }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
p { margin: 0.25rem 0 0.75rem; }
ul { padding-left: 1.25rem; margin: 0.25rem 0; }
pre { border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem 1rem; overflow-x: auto; }
.dim { color: var(--dim); }
.good { color: var(--good); }
.bad { color: var(--bad); }
`
const CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const inHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const states = ({ broken, interfaces }: Told): { text: string; good: boolean }[] => [
  ...(broken.length > 0 ? broken : ['It is well: the database answers']).map((text) => ({
    text,
    good: broken.length === 0,
  })),
  ...interfaces.map(({ name, away }) => ({
    text: away === null ? `${name} is served` : `${name} is not served (${away})`,
    good: away === null,
  })),
]

const WHAT = 'eims installs operating systems on bare machines that boot from the network.'
/** Plain HTTP is for this machine alone; by which port others come, `up` was told. */
const loginOf = ({ base }: Told) =>
  `./eims login ${base.startsWith('https:') ? base : 'https://SERVER:7444'} --ca eims-ca.crt`

/** PURE: a few lines for a terminal. */
export function frontText(told: Told): string {
  return [
    `eims ${told.version} on ${told.name}. ${WHAT}`,
    ...states(told).map(({ text }) => `  ${text}`),
    `REST:  ${told.base}/api/docs/  (with a key: /api/v1/openapi.json, /metrics)`,
    `CA:    ${told.base}/ca.crt`,
    `Tool:  ./eims, in the folder that the service runs from; from elsewhere: ${loginOf(told)}`,
    '',
  ].join('\n')
}

/** PURE: the same for a browser; one document without scripts, and nothing from elsewhere. */
export function frontPage(told: Told): string {
  const { name, version } = told
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>eims on ${inHtml(name)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>eims on ${inHtml(name)}</h1>
<p class="dim">Version ${inHtml(version)}. ${WHAT}</p>
<h2>Health</h2>
<ul>
${states(told)
  .map(({ text, good }) => `<li class="${good ? 'good' : 'bad'}">${inHtml(text)}</li>`)
  .join('\n')}
</ul>
<p class="dim">For monitoring: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, and with a key /metrics for Prometheus.</p>
<h2>REST</h2>
<p><a href="/api/docs/">Read the interface, and try it with a key</a>. The same as a document: /api/v1/openapi.json, with a key.</p>
<h2>The tool</h2>
<p>On this server it is <code>./eims</code> in the folder that the service runs from; as root it needs no key there. To use it
on another Debian machine, unpack the same folder or bundle, fetch <a href="/ca.crt">the site’s CA</a> and log in:</p>
<pre><code>${inHtml(loginOf(told))}
./eims nodes list</code></pre>
</main>
</body>
</html>
`
}

/** Whoever names HTML in Accept is a browser; curl and most programs take anything. */
const isBrowser = ({ headers }: FastifyRequest) => /\btext\/html\b/.test(headers.accept ?? '')

/**
 * `GET /` for administrators: the dashboard for a browser; without one, and for others, what stands here and where to go
 * from it.
 * @param counters asked anew for each request, as `broken` is
 */
export function frontPageRoute(
  app: FastifyInstance,
  {
    version,
    counters,
    broken,
    dashboard,
  }: {
    version: string
    counters: () => ServerCounters
    broken: () => Promise<string[]>
    dashboard: Dashboard | null
  },
): void {
  app.get(
    '/',
    { config: { listener: 'admin', role: 'anyone', untold: true }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      reply.header('vary', 'accept')
      if (dashboard && isBrowser(request)) return dashboard.send(request, reply)
      const { server, interfaces } = counters()
      const told = {
        name: server.name,
        version,
        broken: await broken(),
        interfaces: interfaces.map(({ interface: name, away }) => ({ name, away })),
        base: `${overTls(request) ? 'https' : 'http'}://${request.host}`,
      }
      reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
      if (!isBrowser(request)) return reply.type('text/plain; charset=utf-8').send(frontText(told))
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', CSP)
        .header('referrer-policy', 'no-referrer')
        .send(frontPage(told))
    },
  )
}
