import { z } from 'zod'

/** Each service that runs on this machine has a file there, `PID.json`; root's alone, as the data directories are. */
export const RUNNING_SERVICES = '/run/eims'

/** What that file holds. Of a process that was killed it stays: its number and its start tell whether it still runs. */
export const RunningService = z.object({
  pid: z.int().positive(),
  /** `startTick` of /proc/PID/stat, because numbers of processes come again */
  startTick: z.string(),
  /** its network namespace, as /proc/PID/ns/net names it: 127.0.0.1 of another one is another machine's */
  network: z.string(),
  dataDir: z.string(),
})
export type RunningService = z.infer<typeof RunningService>

/** PURE: field 22 of /proc/PID/stat (proc_pid_stat(5)): when the process began, in clock ticks since the machine did. */
export const startTick = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
