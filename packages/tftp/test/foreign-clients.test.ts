import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { pattern, serving } from './support/serving.ts'

const run = promisify(execFile)
const programs: [what: string, blksize: number, argv: (port: string, remote: string, local: string) => string[]][] = [
  ['tftp-hpa', 512, (port, remote, local) => ['tftp', '-m', 'octet', '127.0.0.1', port, '-c', 'get', remote, local]],
  ['atftp', 512, (port, remote, local) => ['atftp', '-g', '-r', remote, '-l', local, '127.0.0.1', port]],
  [
    'atftp with options',
    1428,
    (port, remote, local) =>
      [
        'atftp',
        '--option',
        'blksize 1428',
        '--option',
        'tsize 0',
        '--option',
        'timeout 2',
        '--option',
        'windowsize 8',
      ].concat(['-g', '-r', remote, '-l', local, '127.0.0.1', port]),
  ],
  ['curl', 512, (port, remote, local) => ['curl', '-sS', '-o', local, `tftp://127.0.0.1:${port}/${remote}`]],
  [
    'curl with blksize',
    1468,
    (port, remote, local) => [
      'curl',
      '-sS',
      '--tftp-blksize',
      '4096',
      '-o',
      local,
      `tftp://127.0.0.1:${port}/${remote}`,
    ],
  ],
  [
    'curl without options',
    512,
    (port, remote, local) => ['curl', '-sS', '--tftp-no-options', '-o', local, `tftp://127.0.0.1:${port}/${remote}`],
  ],
  ['busybox', 512, (port, remote, local) => ['busybox', 'tftp', '-g', '-r', remote, '-l', local, '127.0.0.1', port]],
  [
    'busybox with blksize',
    1468,
    (port, remote, local) => ['busybox', 'tftp', '-g', '-b', '1468', '-r', remote, '-l', local, '127.0.0.1', port],
  ],
]

const files = (blksize: number) => ({
  empty: pattern(0),
  'snponly.efi': pattern(300_000),
  whole: pattern(100 * blksize),
})

await t.test('programs that others wrote fetch files byte by byte', async (t) => {
  const folder = t.testdir()
  for (const [number, [what, blksize, argv]] of programs.entries()) {
    const served = files(blksize)
    await using tftp = await serving(served)
    for (const [name, bytes] of Object.entries(served)) {
      const local = join(folder, `${number}-${name}`)
      const [program, ...words] = argv(String(tftp.port), name, local)
      await run(program!, words, { timeout: 20_000 })
      t.ok((await readFile(local)).equals(bytes), `${what}: ${name}, ${bytes.length} bytes`)
    }
    await tftp.idle()
    t.same(tftp.kinds(), Array(3).fill(['started', 'finished']).flat(), `${what}: three transfers, all acknowledged`)
    const windowsize = what === 'atftp with options' ? 8 : 1
    t.match(tftp.events.at(-1), { bytes: 100 * blksize, retransmissions: 0, blksize, windowsize }, what)
  }
})

await t.test('npm tftp2 as a client', async (t) => {
  type Client = { read(name: string, push: (data: Buffer) => void, done: () => void): Promise<void>; close(): void }
  const tftp2: (host: string, port: number) => Client = createRequire(import.meta.url)('tftp2')
  const served = files(512)
  await using tftp = await serving(served)
  for (const [name, bytes] of Object.entries(served)) {
    const client = tftp2('127.0.0.1', tftp.port)
    const got: Buffer[] = []
    await client.read(
      name,
      (data) => void got.push(data),
      () => {},
    )
    client.close()
    t.ok(Buffer.concat(got).equals(bytes), `${name}, ${bytes.length} bytes`)
  }
})

await t.test('they see a missing file as what it is', async (t) => {
  await using tftp = await serving({})
  await t.rejects(run('curl', ['-sS', `tftp://127.0.0.1:${tftp.port}/gone`]), { code: 68 })
  const hpa = await run('tftp', [
    '-m',
    'octet',
    '127.0.0.1',
    String(tftp.port),
    '-c',
    'get',
    'gone',
    join(t.testdir(), 'x'),
  ])
  t.match(hpa.stdout + hpa.stderr, /Error code 1: file not found/)
})
