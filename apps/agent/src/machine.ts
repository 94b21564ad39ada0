import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Finish } from '@eims/contracts'
import { openDisk } from './disk/block-device.ts'
import { type ProgramOptions, runProgram } from './program.ts'

/** This machine as the handlers see it; tests hand in a tree of files. */
export interface Machine {
  /** `/sys` */
  sysRoot: string
  /** `/dev` */
  devRoot: string
  /** `/`: holds the list of tools, and the tools once they are unpacked */
  root: string
  /** the NIC that the machine booted from, or null when nobody said */
  bootMac: string | null
  /** path of the disk that it installs from, as it is called now; left out: it installs from elsewhere */
  medium?: string
  /** opens a disk by the path of its node; tests hand in one that fails */
  openDisk: typeof openDisk
  /** runs a busybox applet; resolves with its stdout, rejects with its stderr as the message */
  busybox(applet: string, ...args: string[]): Promise<string>
  /** runs any program, for as long as its options say; resolves with its exit code, whichever it is (program.ts) */
  run(program: string, args: string[], options?: ProgramOptions): Promise<{ code: number }>
  /** restarts or switches off at once, past everything that may hang; throws when the kernel refuses */
  force(finish: Exclude<Finish, 'hold'>): void
}

/** Where a disk that the plan calls `/dev/sda` is opened. */
export const nodeOf = (machine: Machine, path: string): string => join(machine.devRoot, basename(path))

const run = promisify(execFile)

/**
 * Whether `/` is the kernel's own initramfs, as it is in the Micro-OS and on no machine that somebody works on:
 * there it is covered by a disk, an overlay or a chroot.
 * @param mounts the text of /proc/mounts
 */
export const livesInMemory = (mounts: string): boolean => /^\S+ \/ rootfs /m.test(mounts)

/** Applets that change the machine itself. */
const changing = ['date', 'reboot', 'poweroff', 'mount', 'umount', 'blockdev', 'insmod', 'mknod', 'tar']

/**
 * PURE: the time that an applet may take; 0: as long as it needs. What brings data to a disk
 * takes many minutes when memory holds tens of GB for a slow one.
 * @returns milliseconds
 */
export const patienceWith = (applet: string): number => (['sync', 'umount', 'blockdev'].includes(applet) ? 0 : 60_000)

/**
 * The machine that the agent runs on.
 * @param ours  false on any machine but the Micro-OS: its clock and power are then left alone
 * @param sysrq takes the letters of Documentation/admin-guide/sysrq.rst: b restarts at once, o switches off
 */
export function thisMachine(bootMac: string | null, ours: boolean, sysrq = '/proc/sysrq-trigger'): Machine {
  return {
    sysRoot: '/sys',
    devRoot: '/dev',
    root: '/',
    bootMac,
    openDisk,
    async busybox(applet, ...args) {
      if (!ours && changing.includes(applet)) throw new Error(`${applet} is not run outside the Micro-OS`)
      const limits = { timeout: patienceWith(applet), maxBuffer: 16 * 1024 * 1024 }
      const { stdout } = await run('/bin/busybox', [applet, ...args], limits)
      return stdout
    },
    async run(program, args, options) {
      if (!ours) throw new Error(`${program} is not run outside the Micro-OS`)
      return await runProgram(program, args, options)
    },
    force(finish) {
      if (!ours) throw new Error(`${finish} is not forced outside the Micro-OS`)
      writeFileSync(sysrq, finish === 'reboot' ? 'b' : 'o')
    },
  }
}
