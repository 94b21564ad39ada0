import type { Site } from '@eims/contracts'
import { type Db, getSite, type NetbootException, netbootExceptions, type StoredNode } from '@eims/registry'
import type { Logger } from 'pino'
import { NetbootGate } from './gate.ts'

export interface SiteSnapshot extends AsyncDisposable {
  /** the site's settings as they were read last; another object whenever they were read */
  site: () => Site
  gate: NetbootGate
  /**
   * Reads anew, and resolves when what was written before the call counts. Never rejects: what is known stays.
   * @param added all that was written is this node, which is read only when it is, or was, answered otherwise
   */
  reload: (added?: StoredNode) => Promise<void>
}

/** A change made on another server of the site counts here this late at most. */
const EVERY_MS = 2000

/**
 * What packets are answered by, kept at hand: the site's settings and the nodes that are answered otherwise.
 * Rejects when it cannot be read at the start; later the last one stays.
 */
export async function watchSite({
  load,
  everyMs = EVERY_MS,
  log,
}: {
  load: () => Promise<{ site: Site; exceptions: NetbootException[] }>
  everyMs?: number
  log: Logger
}): Promise<SiteSnapshot> {
  const gate = new NetbootGate()
  let { site, exceptions } = await load()
  gate.replace(exceptions)
  let failing = false

  async function read(): Promise<void> {
    try {
      ;({ site, exceptions } = await load())
      gate.replace(exceptions)
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'the site’s settings cannot be read; the last ones stay')
      failing = true
    }
  }
  // One after the other: an older reading must not take the place of a newer one. Who comes meanwhile shares the next.
  let underWay: Promise<void> | undefined
  let next: Promise<void> | undefined
  const readAnew = (): Promise<void> => {
    if (underWay) {
      next ??= underWay.then(() => {
        next = undefined
        return readAnew()
      })
      return next
    }
    underWay = read().finally(() => {
      underWay = undefined
    })
    return underWay
  }
  const mayBeAnsweredOtherwise = ({ netbootPolicy, state, bootFile, secureBoot, product, macs, uuid }: StoredNode) =>
    netbootPolicy !== 'allowed' ||
    state === 'UNTRUSTED' ||
    bootFile !== null ||
    secureBoot !== null ||
    (product !== null && productsOf(site).length > 0) ||
    gate.knows(macs, uuid)
  const reload = async (added?: StoredNode) => {
    if (!added || mayBeAnsweredOtherwise(added)) await readAnew()
  }

  let timer: NodeJS.Timeout | undefined
  let closed = false
  const schedule = () => {
    timer = setTimeout(() => void reload().then(() => closed || schedule()), everyMs)
  }
  schedule()
  return {
    site: () => site,
    gate,
    reload,
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(timer)
      await (next ?? underWay)
    },
  }
}

/** Both halves of the snapshot out of the registry. */
export async function loadSite(db: Db): Promise<{ site: Site; exceptions: NetbootException[] }> {
  const site = await getSite(db)
  return { site, exceptions: await netbootExceptions(db, productsOf(site)) }
}

/** Patterns of the products whose nodes are answered otherwise. */
const productsOf = ({ bootFiles, secureBootModels }: Site): string[] =>
  [...bootFiles, ...secureBootModels].flatMap(({ product }) => product ?? [])
