import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'
import { startDhcpProxy } from '@eims/dhcp-proxy'

/*
 * The answering side of record.ts, in the service's namespace: node answering.ts pxe|http|always FOLDER.
 * `http` answers UEFI HTTP boot alone, `always` replaces every iPXE by ours. Says "script asked" when a machine is there.
 */

const address = '192.168.77.1'
const [, , answer, folder = '.'] = process.argv

const http = createServer(async (request, response) => {
  console.log(`${request.method} ${request.url}`)
  const name = basename(request.url ?? '')
  if (name === 'boot.ipxe') {
    console.log('script asked')
    response.end('#!ipxe\nsleep 3600\n')
    return
  }
  const bytes = await readFile(join(folder, name)).catch(() => undefined)
  // EDK2 asks with HEAD first, and hangs when that tells no length; Node tells it only when made to.
  response.writeHead(bytes ? 200 : 404, { 'content-length': bytes?.length ?? 0 })
  response.end(bytes ?? '')
})
http.listen(8080, address)

const fetched = new Set<string>()
await startDhcpProxy({
  sockets: { dhcp: { address: '0.0.0.0', port: 67 }, pxe: { address: '0.0.0.0', port: 4011 } },
  settings: () => ({
    serverAddress: address,
    scriptUrl: `http://${address}:8080/boot.ipxe`,
    httpBootUrl: `http://${address}:8080/boot/ipxe/`,
    userClass: 'Tinkerbell',
    chainRomIpxe: answer === 'always' ? 'always' : 'auto',
  }),
  chainedRecently: (mac) => fetched.has(mac),
  factsOf: ({ kind, ipxe }) => {
    const silent = answer === 'http' && kind === 'pxe' && ipxe === null
    return { gate: silent ? { policy: 'local', reason: { code: 'waits-for-http-boot', slots: {} } } : { policy: 'allowed' }, bootFile: null }
  },
  onSeen: ({ mac, step, file, reason }) => {
    console.log(step ?? 'ignored', file ?? reason ?? '')
    // dnsmasq serves the files and does not tell; so a machine counts as chained once it was told
    if (step === 'chain' || step === 'firmware') setTimeout(() => fetched.add(mac), 1000)
  },
  onProblem: (problem) => console.log(problem),
})
