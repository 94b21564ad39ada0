import { openLog } from './log.ts'
import { serveAdministration } from './parts/administration.ts'
import { startBoot } from './parts/boot.ts'
import { startDatabase } from './parts/database.ts'
import { startEngine } from './parts/engine.ts'
import type { Given } from './parts/given.ts'
import { makeGreeting } from './parts/greeting.ts'
import { startHttp } from './parts/http.ts'
import { startImages } from './parts/images.ts'
import { serveLan } from './parts/lan.ts'
import { followLinks } from './parts/links.ts'
import { Parts } from './parts/run-parts.ts'
import { announceServer } from './parts/server.ts'
import { startSite } from './parts/site.ts'
import { startTls } from './parts/tls.ts'

export interface Service extends AsyncDisposable {
  greeting: string
}

/** What the service is made of, in the order in which it starts; it stops in reverse. Each part has those before it. */
const parts = new Parts<Given>()
  .with('database', startDatabase)
  .with('tls', startTls)
  .with('server', announceServer)
  .with('images', startImages)
  .with('site', startSite)
  .with('engine', startEngine)
  .with('boot', startBoot)
  .with('http', startHttp)
  .with('lan', serveLan)
  .with('links', followLinks)
  .with('administration', serveAdministration)
  .with('greeting', makeGreeting)

/**
 * The composition root: starts every part. Throws one sentence when something cannot start, with everything that had
 * started ended again. `onBroken` hears when a part fails later in a way that ends the service.
 * `toJournal`: standard error leads to systemd's journal.
 */
export async function serveSite({
  toJournal,
  ...start
}: Omit<Given, 'now' | 'log'> & { toJournal: boolean }): Promise<Service> {
  const running = await parts.start({ ...start, now: Date.now, log: openLog(start.config.logLevel, toJournal) })
  return { greeting: running.made.greeting, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}
