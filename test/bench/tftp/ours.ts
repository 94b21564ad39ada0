/** Run as a program: `node ours.ts ADDRESS FOLDER [single-port]` serves a folder on port 69 as the product does, until its input ends. */
import { fileCache, startTftpServer } from '@eims/tftp'

const [address = '', folder = '', singlePort] = process.argv.slice(2)
const files = fileCache()
const server = await startTftpServer({
  listen: { address, port: 69 },
  serverAddress: address,
  singlePort: singlePort !== undefined,
  // All come from one address, and on the wire a next request may overtake the last ACK of the transfer before it.
  maxTransfersPerClient: 128,
  open: async ({ name }) => (await files.open(`${folder}/${name}`)) ?? 'not-found',
})
process.stdout.write('ready\n')
process.stdin.on('end', () => void server.close()).resume()
