import { readdir, readFile } from 'node:fs/promises'
import { cpuSeconds } from '../figures.ts'

/** CPU seconds of the service, and of its PostgreSQL with all its processes. */
export interface Cost {
  service: number
  database: number
}

/** What both have spent since they began. @param data the service's data directory */
export async function costOf(service: number, data: string): Promise<Cost> {
  const postmaster = Number(
    (await readFile(`${data}/postgres/cluster/postmaster.pid`, 'utf8').catch(() => '')).split('\n')[0],
  )
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const ofPostgres = await Promise.all(
    processes.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const parent = Number(stat.replace(/^.*\) /, '').split(' ')[1])
      return pid === postmaster || parent === postmaster ? cpuSeconds(pid).catch(() => 0) : 0
    }),
  )
  return { service: await cpuSeconds(service), database: ofPostgres.reduce((sum, each) => sum + each, 0) }
}
