import { hostname, networkInterfaces } from 'node:os'
import { readConfig } from './config.ts'
import { inheritedSockets } from './listen/inherited.ts'
import { notifyReady } from './listen/notify.ts'
import { segmentsOf } from './listen/segments.ts'
import { serveSite } from './service.ts'

/** The service's process: reads argv and environment, once, and runs until a signal. */
async function main(): Promise<void> {
  const { env, pid } = process
  const config = readConfig(process.argv.slice(2), env)
  const segments = segmentsOf(inheritedSockets(env, pid), networkInterfaces())
  if (segments.length === 0) throw new Error('no sockets were handed over; start the service with: ./eims up')
  const ended = Promise.withResolvers<string | null>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.resolve(null))
  await using service = await serveSite({ config, segments, hostname: hostname(), onBroken: ended.resolve })
  process.stdout.write(service.greeting)
  notifyReady(env, `serving ${segments.map((segment) => segment.interface).join(', ')}`)
  const broken = await ended.promise
  if (broken) throw new Error(broken)
  process.stdout.write('eims: stopping\n')
}

try {
  await main()
  process.exit(0)
} catch (error) {
  process.stderr.write(`eims: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
