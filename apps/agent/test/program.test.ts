import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { harmlessLine, runProgram } from '../src/program.ts'

const sh = async (script: string, signal?: AbortSignal, env = { PATH: '/usr/bin:/bin' }) => {
  const lines: string[] = []
  const options = {
    env,
    line: (text: string, stream: string) => void lines.push(`${stream} ${text}`),
    ...(signal ? { signal } : {}),
  }
  const { code } = await runProgram('sh', ['-c', script], options)
  return { code, lines }
}

await t.test('exit code and lines of both streams, also one without an end', async (t) => {
  t.strictSame(await sh('echo one; echo; printf two; exit 3'), {
    code: 3,
    lines: ['stdout one', 'stdout ', 'stdout two'],
  })
  t.strictSame(await sh('echo bad >&2; kill -9 $$'), { code: 137, lines: ['stderr bad'] })
  t.strictSame(await sh('echo $A', undefined, { PATH: '/bin', A: 'ä' } as never), { code: 0, lines: ['stdout ä'] })
  await t.rejects(runProgram('/no/such/program', []), { code: 'ENOENT' })
})

await t.test('a line is bounded, and holds nothing that a terminal obeys', async (t) => {
  const { lines } = await sh('head -c 1000000 /dev/zero | tr "\\0" x; echo; echo after')
  t.strictSame(
    lines.map((line) => line.length),
    ['stdout '.length + 4096, 'stdout after'.length],
  )
  t.equal(harmlessLine('\x1b[31mred\x1b[0m \x07bell\u202e\u200b\tend\r'), 'red  bell   end')
  t.equal(harmlessLine('10%\r50%\r100%'), '100%')
})

await t.test('a daemon that keeps the pipes open is not waited for', async (t) => {
  const { code, lines } = await sh('sleep 1000 & echo $!')
  t.equal(code, 0)
  process.kill(Number(lines[0]!.slice('stdout '.length)), 'SIGKILL')
})

await t.test('cancelled: the group is gone, its deaf members too', async (t) => {
  const stop = new AbortController()
  const pids: number[] = []
  const script = 'trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & echo $!; echo $$; while :; do sleep 1; done'
  const line = (text: string) => {
    pids.push(Number(text))
    if (pids.length === 2) stop.abort(new Error('cancelled'))
  }
  const patience = { term: 200, pipes: 200 }
  await t.rejects(runProgram('sh', ['-c', script], { signal: stop.signal, line }, patience), { message: 'cancelled' })
  t.equal(pids.length, 2)
  // an orphan is gone when the first process of this host has heard of it
  const runs = (pid: number) => existsSync(`/proc/${pid}`) && !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  t.strictSame(pids.filter(runs), [])
  await t.rejects(runProgram('true', [], { signal: stop.signal }), { message: 'cancelled' }, 'not even begun')
})
