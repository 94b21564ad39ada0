import { dataOf, type Facts, planOf, sample } from '../src/index.ts'
import { edge, lines, textOf } from './machines.ts'

/** rootio's layout, as Tinkerbell's documentation has it for a Debian. */
export const storage = {
  disks: [
    {
      device: '/dev/sda',
      wipe_table: true,
      partitions: [
        { label: 'BIOS', number: 1, size: 4096 },
        { label: 'SWAP', number: 2, size: 3_993_600 },
        { label: 'ROOT', number: 3, size: 0 },
      ],
    },
  ],
  filesystems: [
    { mount: { device: '/dev/sda3', format: 'ext4', point: '/', create: { options: ['-L', 'ROOT'] } } },
    { mount: { device: '/dev/sda2', format: 'swap', point: 'swap', create: { options: ['-L', 'SWAP'] } } },
  ],
}

const params = {
  server: '10.0.0.1',
  name: 'edge-1',
  image_url: 'https://images.example/os.img.gz',
  ignition_json: '{"ignition": {"version": "3.4.0"}}',
  userData: '#cloud-config\nhostname: "a: b" # c\n',
}
export const facts: Facts = { ...sample, params, hardware: { metadata: { instance: { storage } } } }

const dataFor = (name: string) => ({
  ...(name.startsWith('edge') ? edge : {}),
  ignition: { ignition: { version: '3.4.0' } },
  ...dataOf(facts).data,
})

/** What is done of one of test/templates/, as lines: `builtin name arguments`, what it wants, what is wrong. */
export function plansOf(name: string, report: 'seed' | 'none' | null = null): string[] {
  const { plans, mistakes, warnings } = planOf(textOf(name), dataFor(name), report)
  return [
    ...plans.flatMap(({ actions, images, disk, report }) => [
      ...actions.map(
        ({ uses, name, with: said, env, after }) =>
          `${uses.builtin} ${name}: ${[short(said), Object.keys(env).join(' '), after ? `after ${after.on}` : '']
            .filter(Boolean)
            .join(' ')}`,
      ),
      ...images.map(({ action, kind, url, sha256 }) => `wants ${action} ${kind} ${url} ${sha256?.slice(0, 4) ?? '-'}`),
      `disk ${disk ?? '-'}, report ${report.is}: ${report.why}`,
    ]),
    ...lines(mistakes).map((line) => `mistake ${line}`),
    ...lines(warnings).map((line) => `warning ${line}`),
  ]
}

const short = (said: Record<string, unknown>) =>
  Object.entries(said)
    .map(([key, value]) => `${key}=${(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 40)}`)
    .join(' ')
    .replaceAll('\n', '⏎')
