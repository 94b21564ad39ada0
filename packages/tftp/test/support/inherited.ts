/** Run as a program: serves one file on the UDP socket that it inherited as descriptor 3, until its input ends. */
import { startTftpServer } from '../../src/index.ts'

const server = await startTftpServer({
  listen: { fd: 3 },
  serverAddress: '127.0.0.1',
  open: async ({ name }) => ({ size: name.length, read: async () => Buffer.from(name) }),
})
process.stdout.write(`${server.address.port}\n`)
process.stdin.on('end', () => void server.close()).resume()
