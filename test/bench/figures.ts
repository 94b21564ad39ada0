import { readFile } from 'node:fs/promises'

const CLOCK_TICKS = 100

/** Of an even number of values the upper one of the two in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

export const spread = (values: readonly number[]): [least: number, most: number] => [
  Math.min(...values),
  Math.max(...values),
]

export const round2 = (value: number): number => Math.round(value * 100) / 100
export const round3 = (value: number): number => Math.round(value * 1000) / 1000

/** User and system seconds that a process has spent on all its threads, in steps of 10 ms (proc_pid_stat(5)). */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}
