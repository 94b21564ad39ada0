import { connect, createServer } from 'node:net'
import { couple, MOST_CONNECTIONS, OPEN } from './doorway.ts'

/*
 * Runs in the demo's network namespace, which the demo itself is not in: what comes to a socket of the file system goes to a
 * port of the namespace's loopback, until it is ended.
 *   usage: doorway-inside.ts SOCKET PORT
 */
const [path = '', port = ''] = process.argv.slice(2)
const server = createServer((near) => couple(near, connect(Number(port), '127.0.0.1')))
server.maxConnections = MOST_CONNECTIONS
server.listen(path, () => process.stdout.write(`${OPEN}\n`))
