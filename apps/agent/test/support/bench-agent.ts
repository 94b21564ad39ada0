import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { handlers, httpChunks, openState, thisMachine } from '../../src/index.ts'

/*
 * The agent's write-image for `npm run bench -- image`, in a process of its own, bundled as it is for the Micro-OS:
 *   node agent.mjs BASE-URL MANIFEST-DIGEST RAW-SIZE DEVICE DEVICE-SIZE
 * prints what the action took as one JSON line. The agent was up before its action began, so the start of Node is told apart.
 */
const [base = '', manifestSha256 = '', rawSize = '0', device = '', size = '0'] = process.argv.slice(2)
const CLOCK_TICKS = 100

/** A machine with one disk: nothing else of this host is looked at, let alone written. */
function machineOf(folder: string, node: string) {
  const [sysRoot, devRoot] = [join(folder, 'sys'), join(folder, 'dev')]
  const disk = join(sysRoot, 'devices/pci0000:00/0000:00:02.0/virtio1/block/vda')
  for (const dir of [join(sysRoot, 'block'), join(disk, 'queue'), devRoot]) mkdirSync(dir, { recursive: true })
  const facts = { size: `${Number(size) / 512}\n`, ro: '0\n', removable: '0\n', 'queue/logical_block_size': '512\n' }
  for (const [name, text] of Object.entries(facts)) writeFileSync(join(disk, name), text)
  symlinkSync(disk, join(sysRoot, 'block/vda'))
  symlinkSync(node, join(devRoot, 'vda'))
  const run = promisify(execFile)
  const busybox = async (applet: string, ...args: string[]) =>
    (await run('busybox', [applet, ...args], { encoding: 'utf8' })).stdout
  return { ...thisMachine(null, false), sysRoot, devRoot, busybox }
}

/** CPU seconds of the programs that this process ran. */
function ofChildren(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / CLOCK_TICKS
}

const folder = mkdtempSync(join(tmpdir(), 'eims-bench-agent-'))
try {
  const started = { seconds: performance.now() / 1000, cpu: process.cpuUsage() }
  const shown: [seconds: number, fraction: number][] = []
  const { result } = await handlers['write-image'](
    { manifestSha256, rawSize: Number(rawSize), seeded: true },
    {
      runId: 'bench',
      attempt: 1,
      machine: machineOf(folder, device),
      chunks: [httpChunks(base, () => null)],
      state: openState(join(folder, 'state')),
      results: {
        'choose-disk': { path: '/dev/vda', size: Number(size), serial: null, wwn: null, overwrite: true },
      },
      env: {},
      signal: new AbortController().signal,
      log: (text) => process.stderr.write(`# ${basename(dirname(import.meta.url))}: ${text}\n`),
      progress: (fraction) => void shown.push([performance.now() / 1000 - started.seconds, fraction]),
      note: () => {},
    },
  )
  const { user, system } = process.cpuUsage(started.cpu)
  const seconds = performance.now() / 1000 - started.seconds
  const peakMB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
  const startCpu = (started.cpu.user + started.cpu.system) / 1e6
  const half = shown.find(([, fraction]) => fraction >= 0.5)?.[0] ?? seconds
  const figures = { seconds, cpuSeconds: (user + system) / 1e6 + ofChildren(), peakMB, startSeconds: started.seconds }
  console.log(JSON.stringify({ ...figures, startCpu, halfSeconds: half, ...result }))
} finally {
  rmSync(folder, { recursive: true })
}
