import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

// Promise: a disc that a machine installs from comes out when a person wants it, and stays out.

const drivers = readFileSync(join(import.meta.dirname, '../drivers'), 'utf8')
const trays = /^leave_trays_alone\(\) \{\n.*?^\}\n/ms.exec(drivers)![0]

/** The function alone, with a folder in the place of the kernel's. */
const leave = (folder: string) =>
  execFileSync('sh', ['-ec', `${trays.replaceAll('/proc/sys/dev/cdrom', folder)}\nleave_trays_alone 2>&1`]).toString()

await t.test('neither locked nor pulled in; the rest of the drive’s settings stays', async (t) => {
  const folder = join(t.testdir(), 'cdrom')
  t.equal(leave(folder), '', 'no such drive')
  mkdirSync(folder)
  for (const name of ['lock', 'autoclose', 'autoeject', 'check_media']) writeFileSync(join(folder, name), '1\n')
  t.equal(leave(folder), '')
  const now = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  t.strictSame(['lock', 'autoclose', 'autoeject', 'check_media'].map(now), ['0', '0', '1', '1'])
})

await t.test('whenever drivers were loaded', async (t) => t.match(drivers, /modprobe [^\n]*\n\tleave_trays_alone\n\}/))
