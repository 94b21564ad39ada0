import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { isJournal, journalLines } from '../src/journal.ts'
import { openLog } from '../src/log.ts'

// One promise: where the journal takes the log, `journalctl -p err` shows the errors, and nobody can make up a priority.

function logged(isJournal: boolean) {
  const lines: string[] = []
  return { lines, log: openLog('trace', isJournal, { write: (text) => void lines.push(text) }) }
}

await t.test('each level has its priority', (t) => {
  const { lines, log } = logged(true)
  for (const level of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const) log[level](`a ${level}`)
  t.strictSame(lines, ['<2>a fatal\n', '<3>a error\n', '<4>a warn\n', '<6>a info\n', '<7>a debug\n', '<7>a trace\n'])
  t.end()
})

await t.test('a line can be read', (t) => {
  const { lines, log } = logged(true)
  log.warn({ times: 3, interface: 'eth1', why: 'no "link"' }, 'tftp: short')
  t.strictSame(lines, ['<4>tftp: short times=3 interface=eth1 why="no \\"link\\""\n'])
  t.end()
})

await t.test('an error is there with its message and its stack, each line with the priority', (t) => {
  const { lines, log } = logged(true)
  log.error({ err: new Error('it broke'), req: { headers: { authorization: 'Bearer secret' } } }, 'sweep')
  const [first, second, ...rest] = lines[0]!.trimEnd().split('\n')
  t.match(first, /^<3>sweep: it broke req=\{"headers":\{"authorization":"\[Redacted\]"\}\}$/)
  t.equal(second, '<3>Error: it broke')
  t.ok(rest.length > 0 && rest.every((line) => line.startsWith('<3>    at ')))
  t.end()
})

await t.test('what somebody sends makes no line of another priority', (t) => {
  const { lines, log } = logged(true)
  log.info({ name: '\n<0>panic' }, 'read\n<0>panic\r<1>alert\u001b[31m\u0000')
  t.strictSame(lines[0]!.trimEnd().split('\n'), [
    '<6>read',
    '<6><0>panic',
    '<6><1>alert\\x1b[31m\\x00 name="\\n<0>panic"',
  ])
  t.end()
})

await t.test('elsewhere it stays JSON', (t) => {
  const { lines, log } = logged(false)
  log.warn({ times: 3 }, 'short')
  t.match(JSON.parse(lines[0]!), { level: 40, time: String, times: 3, msg: 'short' })
  t.end()
})

await t.test('the journal is where JOURNAL_STREAM says, and nowhere else', (t) => {
  t.ok(isJournal('8:4711', { dev: 8, ino: 4711 }))
  t.notOk(isJournal('8:4711', { dev: 8, ino: 4712 }))
  t.notOk(isJournal(undefined, { dev: 8, ino: 4711 }))
  t.notOk(isJournal('', { dev: 8, ino: 4711 }))
  t.equal(journalLines('{"level":30}\n'), '<6>\n')
  t.end()
})

await t.test('the service looks for itself', (t) => {
  const file = join(t.testdir(), 'stderr')
  const stderr = openSync(file, 'w')
  const { dev, ino } = fstatSync(stderr)
  const main = resolve(import.meta.dirname, '../src/main.ts')
  const run = (stream: string) =>
    spawnSync(process.execPath, [main], {
      stdio: ['ignore', 'ignore', stderr],
      env: { JOURNAL_STREAM: stream, PATH: process.env.PATH },
    })
  t.equal(run(`${dev}:${ino}`).status, 1)
  t.equal(run(`${dev}:${ino + 1}`).status, 1)
  closeSync(stderr)
  const why = 'eims: no sockets were handed over; start the service with: ./eims up'
  t.equal(readFileSync(file, 'utf8'), `<3>${why}\n${why}\n`)
  t.end()
})
