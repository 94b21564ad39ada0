import { readdir, readFile } from 'node:fs/promises'
import { cpuSeconds } from '../figures.ts'

const CLOCK_TICKS = 100

/** CPU seconds of the service, and of its PostgreSQL with all its processes. */
export interface Cost {
  service: number
  database: number
}

/**
 * What both have spent since they began, connections that ended included (proc_pid_stat(5): cutime and cstime).
 * @param data the service's data directory
 */
export async function costOf(service: number, data: string): Promise<Cost> {
  const file = await readFile(`${data}/postgres/cluster/postmaster.pid`, 'utf8')
  const postmaster = Number(file.split('\n')[0])
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const ticks = await Promise.all(
    processes.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const [, parent, ...rest] = stat
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number)
      const [own, ended] = [rest.slice(9, 11), rest.slice(11, 13)]
      const counted = pid === postmaster ? [...own, ...ended] : parent === postmaster ? own : []
      return counted.reduce((sum, each) => sum + each, 0)
    }),
  )
  return { service: await cpuSeconds(service), database: ticks.reduce((sum, each) => sum + each, 0) / CLOCK_TICKS }
}
