import { fstatSync } from 'node:fs'
import { hostname } from 'node:os'
import { readConfig } from './config.ts'
import { ERROR, isJournal, prioritised } from './journal.ts'
import { readLink } from './lan/read-link.ts'
import { inheritedSockets } from './listen/inherited.ts'
import { notifyReady } from './listen/notify.ts'
import { segmentsOf } from './listen/segments.ts'
import { serveSite } from './service.ts'

const toJournal = isJournal(process.env.JOURNAL_STREAM, fstatSync(2))
const complain = (why: string) =>
  process.stderr.write(toJournal ? prioritised(ERROR, `eims: ${why}`) : `eims: ${why}\n`)

/** The service's process: reads argv and environment, once, and runs until a signal. Returns its exit code. */
async function main(): Promise<number> {
  const { env, pid } = process
  const config = readConfig(process.argv.slice(2), env)
  const segments = segmentsOf(inheritedSockets(env, pid), readLink)
  if (segments.length === 0) throw new Error('no sockets were handed over; start the service with: ./eims up')
  const ended = Promise.withResolvers<{ why: string; exitCode: number } | null>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.resolve(null))
  const onBroken = (why: string, exitCode = 1) => ended.resolve({ why, exitCode })
  await using service = await serveSite({ toJournal, config, segments, hostname: hostname(), onBroken })
  process.stdout.write(service.greeting)
  notifyReady(env, `serving ${segments.map((segment) => segment.interface).join(', ')}`)
  const broken = await ended.promise
  if (broken) complain(broken.why)
  else process.stdout.write('eims: stopping\n')
  return broken?.exitCode ?? 0
}

try {
  process.exit(await main())
} catch (error) {
  complain(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
