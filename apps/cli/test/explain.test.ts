import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Client, type Diagnosis, ProblemError, told, toProblem } from '@eims/contracts'
import t, { type Test } from 'tap'
import { renderDiagnosis } from '../src/diagnosis-text.ts'
import { explainAll, renderDiagnoses } from '../src/explain-all.ts'
import { plain } from '../src/screen.ts'
import { find } from '../src/verbs.ts'

const seen = (second: number, what: string, count = 1) => ({
  at: new Date(2026, 10, 20, 10, 0, second).toISOString(),
  lastAt: new Date(2026, 10, 20, 10, 0, second + count - 1).toISOString(),
  count,
  what,
  said: told(what),
})
const diagnosis: Diagnosis = {
  at: '2026-11-20T10:01:30.000Z',
  subject: '52:54:00:aa:00:01',
  node: null,
  macs: ['52:54:00:aa:00:01'],
  verdict: 'trouble',
  symptom: 'secure-boot',
  summary: 'It read snponly.efi whole, and that program was never heard of. Last heard 84 s ago.',
  heard: [seen(0, 'DISCOVER on port 67 from x64 UEFI', 4), seen(6, 'read snponly.efi, 284672 bytes in 210 ms')],
  answered: [seen(0, 'offered to answer on port 4011', 4)],
  missing: 'the first sign of iPXE',
  cause: 'Secure Boot is on and the file is not signed (Verification failed, Access denied, Security Violation).',
  remedy: ['Switch Secure Boot off in the firmware, or hand out signed files: ./eims up --boot-files DIR'],
  certainty: 'likely',
  before: null,
  said: { summary: told('in another language'), missing: null, cause: null, remedy: [], before: null },
}

await t.test('a person at the bench reads it on a narrow screen, too', async (t) => {
  t.equal(
    renderDiagnosis(diagnosis, 60),
    `52:54:00:aa:00:01, not registered

It needs help. It read snponly.efi whole, and that program
was never heard of. Last heard 84 s ago.

Heard
  11-20 10:00:00  DISCOVER on port 67 from x64 UEFI (4
                  times, last at 10:00:03)
  11-20 10:00:06  read snponly.efi, 284672 bytes in 210 ms

Answered
  11-20 10:00:00  offered to answer on port 4011 (4 times,
                  last at 10:00:03)

Never came
  - the first sign of iPXE

Likely because
  - Secure Boot is on and the file is not signed
    (Verification failed, Access denied, Security
    Violation).

What to do
  - Switch Secure Boot off in the firmware, or hand out
    signed files: ./eims up --boot-files DIR
`,
  )
  for (const width of [40, 60, 100])
    for (const line of renderDiagnosis(diagnosis, width).split('\n'))
      t.ok(line.length <= width, `${line.length}: ${line}`)
})

await t.test('what is well has neither cause nor remedy', async (t) => {
  const node = { id: 'n1', name: 'unit-1' }
  const nothing = { heard: [], answered: [], missing: null, cause: null, remedy: [] }
  t.equal(
    renderDiagnosis({ ...diagnosis, ...nothing, node, verdict: 'well', summary: 'unit-1 runs its OS: Debian 12.' }, 80),
    'unit-1 (52:54:00:aa:00:01)\n\nAll is well. unit-1 runs its OS: Debian 12.\n',
  )
})

await t.test('what is under way says so', async (t) => {
  const underWay: Diagnosis = {
    ...diagnosis,
    heard: [],
    answered: [],
    cause: null,
    remedy: [],
    verdict: 'in-progress',
    summary: 'It loads the kernel; last heard 4 s ago.',
    missing: 'GET of the initrd',
  }
  t.equal(
    renderDiagnosis(underWay, 80),
    '52:54:00:aa:00:01, not registered\n\nIn progress: It loads the kernel; last heard 4 s ago.\n\nNext comes\n  - GET of the initrd\n',
  )
})

/** A server that answers the diagnosis, or knows no such machine. */
async function bench(t: Test, known: (query: string) => boolean) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const query = decodeURIComponent(new URL(request.url ?? '', 'http://x').search)
    asked.push(query)
    const problem = toProblem(new ProblemError('not-found', 'There is no such node.'))
    const [status, body] = known(query) ? [200, diagnosis] : [404, problem]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const env = { EIMS_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, EIMS_KEY: 'key' }
  const eims = async (...argv: string[]) => {
    const { verb, rest } = find(['nodes', 'explain', ...argv])!
    const printed = t.capture(process.stdout, 'write', () => true)
    await verb.run(rest, env).finally(() => printed.restore())
    return printed()
      .map((call) => String(call.args[0]))
      .join('')
  }
  return { asked, eims }
}

await t.test('a word is asked for as what it looks like', async (t) => {
  const { asked, eims } = await bench(t, (query) => !query.startsWith('?node=SN'))
  t.match(JSON.parse(await eims('52-54-00-AA-00-01', '--json')), { symptom: 'secure-boot' })
  await eims('11111111-2222-3333-4444-555555555555')
  await eims('unit-1')
  await eims('SN-1')
  await eims('--serial', 'SN-2')
  t.strictSame(asked, [
    '?mac=52-54-00-AA-00-01',
    '?uuid=11111111-2222-3333-4444-555555555555',
    '?node=unit-1',
    '?node=SN-1',
    '?serial=SN-1',
    '?serial=SN-2',
  ])
})

await t.test('no machine, or two, is refused', async (t) => {
  const { eims } = await bench(t, () => false)
  await t.rejects(eims(), { message: /^name exactly one machine/, exitCode: 2 })
  await t.rejects(eims('unit-1', '--mac', '52:54:00:aa:00:01'), { message: /exactly one/, exitCode: 2 })
  await t.rejects(eims('unit-1'), {
    message: /^no node is called unit-1, and no machine is known by the serial unit-1/,
  })
})

const judged = (name: string, verdict: Diagnosis['verdict'], summary: string): Diagnosis => ({
  ...diagnosis,
  node: { id: name, name },
  verdict,
  summary,
})

await t.test('all machines at once: a line for each that is not well, those that need help first', async (t) => {
  const known = [
    judged('a', 'well', 'a runs its OS: Debian 12.'),
    judged('b', 'in-progress', 'It loads the kernel; last heard 4 s ago.'),
    judged('c', 'waiting', 'A person holds c: sold.'),
    judged('d', 'trouble', 'The agent of d was last heard 5 min ago, during: write-image.'),
  ]
  const client = (async (_: string, { query }: { query: { node: string } }) => {
    const found = known.find(({ node }) => node?.id === query.node)
    if (!found) throw new ProblemError('not-found', 'There is no such node.')
    return found
  }) as unknown as Client
  const all = await explainAll(
    client,
    ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id })),
  )
  t.equal(
    renderDiagnoses(all, plain),
    `NAME  IT           WHY
d     needs help   The agent of d was last heard 5 min ago, during: write-image.
c     waits        A person holds c: sold.
b     in progress  It loads the kernel; last heard 4 s ago.

1 need help, 1 wait, 1 in progress, 1 well.
What to do about one of them: ./eims nodes explain NAME
`,
  )
  t.equal(renderDiagnoses(all.slice(3), plain), '0 need help, 0 wait, 0 in progress, 1 well.\n')
  const broken = (async () => {
    throw new ProblemError('internal', 'it broke')
  }) as unknown as Client
  await t.rejects(explainAll(broken, [{ id: 'a' }]), { code: 'internal' })
})

await t.test('--all is for no machine by name, and the flags that select go with it', async (t) => {
  const { eims } = await bench(t, () => false)
  await t.rejects(eims('--all', 'unit-1'), { message: /not both/, exitCode: 2 })
  await t.rejects(eims('--batch', 'lot-7', 'unit-1'), { message: /go with --all/, exitCode: 2 })
})
