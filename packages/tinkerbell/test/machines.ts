import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { builtinOf, check, readDocument, type Step } from '../src/index.ts'

/** What the templates of a machine see. */
export const machine = {
  device_1: '52:54:00:12:34:56',
  server: '10.0.0.1',
  name: 'edge-1',
  image_url: 'https://images.example/os.img.gz',
  ignition_json: '{"ignition": {"version": "3.4.0"}}',
  ignition: { ignition: { version: '3.4.0' } },
  userData: '#cloud-config\nhostname: "a: b" # c\n',
  Hardware: { Disks: ['/dev/nvme0n1'], Interfaces: [{ DHCP: { Arch: 'x86_64' } }] },
  hardware: { metadata: { name: 'edge-1' } },
}

/** What the Edge Infrastructure Manager gives to its templates, in names of our own. */
export const edge = {
  Mac: '52:54:00:12:34:56',
  SecurityFeature: 'SECURITY_FEATURE_NONE',
  ImageUrl: 'https://images.example/edge.raw.gz',
  ImageSha256: 'ab'.repeat(32),
  CaCert: '',
  Compressed: 'true',
  Proxy: '',
  NoProxy: 'localhost,10.0.0.0/8',
  CloudInit: '"#cloud-config\\nhostname: edge-1\\n"',
  CustomConfigs: '',
  Standalone: 'false',
  LvmSize: 0,
  Kernel: '6.11.0-17-generic',
  SkipKernel: 'true',
  Images: {
    SecureBoot: 'registry.example/edge/secure-boot-status-flag-read:1.20.0',
    Erase: 'registry.example/edge/erase_non_removable_disks:1.20.0',
    Stream: 'registry.example/edge/qemu_nbd_image2disk:1.20.0',
    WriteFile: 'registry.example/edge/writefile:1.20.0',
    Cexec: 'registry.example/edge/cexec:1.20.0',
    FdeDmv: 'registry.example/edge/fde_dmv:1.20.0',
    Efibootset: 'registry.example/edge/efibootset:1.20.0',
    KernelUpgrade: 'registry.example/edge/kernelupgrd:1.20.0',
  },
}

export const textOf = (name: string): string => readFileSync(new URL(`templates/${name}.yaml`, import.meta.url), 'utf8')

/** One of test/templates/, read for a machine. */
export const read = (name: string, data: Record<string, unknown> = machine) => readDocument(textOf(name), data)

/** What is read of a step but for its places, without what it says nothing of. */
export function told(step: Step): Record<string, unknown> {
  const { where: _, task: __, image: ___, action: ____, onFailure, onTimeout, ...rest } = step
  const others = { onFailure: onFailure.map(told), onTimeout: onTimeout.map(told) }
  const nothing = (value: unknown) =>
    ['', 0, null, false].includes(value as never) || (Array.isArray(value) && value.length === 0)
  const { runs, ...said } = Object.fromEntries(
    Object.entries({ ...rest, ...others }).filter(([, value]) => !nothing(value)),
  )
  return { builtin: builtinOf(step), ...said, ...(runs ? {} : { runs: false }) }
}

/** Notes as a person reads them. */
export const lines = (notes: { line: number; column: number; path: string; sentence: string }[]) =>
  notes.map(({ line, path, sentence }) => `${line} ${path}: ${sentence}`)

/** What one of test/templates/ means: the whole, its actions, and what is wrong with what they are told. */
export function stepsOf(t: Pick<Test, 'strictSame' | 'equal'>, name: string, data: Record<string, unknown>) {
  const { steps: all, mistakes, warnings } = read(name, data)
  t.strictSame(lines(mistakes), [], name)
  t.equal(all.length, 1, name)
  const [first] = all
  const { name: called, worker, timeout, actions } = first!
  const found = check(first!)
  return {
    whole: { name: called, worker, timeout },
    actions: actions.map(told),
    mistakes: lines(found.mistakes),
    warnings: lines([...warnings, ...found.warnings]),
  }
}
