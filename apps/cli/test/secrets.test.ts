import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError, toProblem } from '@eims/contracts'
import t from 'tap'
import { readWanted } from '../src/apply/read.ts'
import { bench, ok } from './support/bench.ts'

// Values of secrets come out of files, never off the command line; `apply` takes them as Kubernetes writes them.

const at = '2026-11-20T10:00:00.000Z'
const secret = { id: 's', name: 'tls', keys: [{ key: 'ca', bytes: 5 }], createdAt: at, updatedAt: at }
const missing = { status: 404, body: toProblem(new ProblemError('not-found', 'There is no secret tls.')) }
const folder = t.testdir()
let files = 0
const valueFile = (text: string | Buffer) => {
  const path = join(folder, String(files++))
  writeFileSync(path, text)
  return path
}

await t.test('set changes the secret, or makes it', async (t) => {
  const path = valueFile('value\n')
  const there = await bench(t, () => ok(secret))
  t.match(await there.eims('secrets', 'set', 'tls', `ca=@${path}`, '--remove', 'old'), /ca +5/)
  t.strictSame(there.asked, [['PATCH /api/v1/secrets/tls', { values: { ca: 'value\n', old: null } }]])
  const none = await bench(t, (line) => (line.startsWith('PATCH') ? missing : { status: 201, body: secret }))
  await none.eims('secrets', 'set', 'tls', `ca=@${path}`)
  t.strictSame(none.asked[1], ['POST /api/v1/secrets', { name: 'tls', values: { ca: 'value\n' } }])
  await t.rejects(none.eims('secrets', 'set', 'tls', '--remove', 'ca'), /no secret tls/)
})

await t.test('what is no file of text is refused before a server is asked', async (t) => {
  const { asked, eims } = await bench(t, () => ok(secret))
  for (const [words, message] of [
    [['ca=value'], /a value on the command line is seen by others/],
    [['ca'], /write KEY=@FILE/],
    [[], /nothing to set/],
    [[`ca=@${valueFile(Buffer.from([0xff, 0]))}`], /is no text: give its base64/],
    [[`ca=@${valueFile('x'.repeat(128 * 1024 + 1))}`], /more than 131072 bytes/],
    [['ca=@/nowhere'], /cannot be read/],
    [['a=-', 'b=-'], /standard input can be one value only/],
  ] as const)
    await t.rejects(eims('secrets', 'set', 'tls', ...words), message)
  t.strictSame(asked, [])
})

const document = (data: string) => `apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: any}
type: Opaque
${data}`

await t.test('a Secret of Kubernetes', async (t) => {
  const read = (text: string) => readWanted([{ name: 's.yaml', text }])
  const { secrets, problems } = read(
    document('data: {ca: dmFsdWU=, both: eA==}\nstringData: {both: "007", empty: ""}\n'),
  )
  t.strictSame(problems, [])
  t.strictSame(secrets[0]?.value, { name: 'tls', values: { ca: 'value', both: '007', empty: '' } })
  for (const [data, problem] of [
    ['data: {ca: hunter2!}', /^s.yaml:5:8: data.ca /],
    ['data: {ca: /wA=}', /^s.yaml:5:8: data.ca is no base64 of text$/],
    ['dta: {ca: hunter2}', /^s.yaml:5:1: dta is no field of a Secret; did you mean data\?$/],
    ['stringData: {"a b": hunter2}', /^s.yaml:1:1: values.a b/],
    ['stringData: {}', /^s.yaml:1:1: values names no key$/],
  ] as const) {
    t.match(read(document(data)).problems, [problem], data)
    t.notMatch(read(document(data)).problems, [/hunter2/])
  }
})

await t.test('apply sets it before all else', async (t) => {
  const path = valueFile(document('stringData: {ca: value}\n'))
  const report = { dryRun: false, applied: true, batches: [], nodes: [], problems: [], problemsTotal: 0 }
  const { asked, eims } = await bench(t, (line) => ok(line.includes('secrets') ? secret : report))
  t.equal(await eims('apply', '-f', path), 'Secret tls: unchanged\n')
  t.strictSame(asked.slice(0, 2), [
    ['GET /api/v1/secrets/tls', null],
    ['PATCH /api/v1/secrets/tls', { values: { ca: 'value' } }],
  ])
  t.equal(await eims('apply', '-f', path, '--dry-run'), 'Secret tls: given\n')
  t.strictSame(asked.map(([line]) => line).filter((line) => line.startsWith('PATCH')).length, 1)
})
