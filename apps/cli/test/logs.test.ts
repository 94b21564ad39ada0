import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { shown, told } from '@eims/contracts'
import t from 'tap'
import { bench, node, ok, pageOf } from './support/bench.ts'

// Logs of many machines: which ones are meant, and what is written of each.

const at = '2026-11-20T10:00:00.000Z'
const failed = node('unit-7', {
  instance: {
    id: 'i-7',
    state: 'FAILED',
    desired: 'RUNNING',
    status: { reason: shown({ code: 'first-boot-cut', slots: {} }), indicator: 'ERROR', at },
    profile: 'kiosk',
    osVersion: null,
    bootId: null,
    sshHostKeys: [],
  },
})
const line = (text: string) => ({ at, runId: 'r', action: 'write-image', attempt: 1, stream: 'agent', text })
const diagnosis = {
  at,
  subject: 'unit-7',
  node: null,
  macs: [],
  verdict: 'trouble',
  symptom: 'run-failed',
  summary: 'Its run failed.',
  heard: [],
  answered: [],
  missing: null,
  cause: null,
  remedy: ['Retry it.'],
  certainty: 'certain',
  before: null,
  said: { summary: told('Its run failed.'), missing: null, cause: null, remedy: [told('Retry it.')], before: null },
}

/** What the server says to each of a verb's questions. */
const answer = (asked: string) => {
  const path = asked.split(/[ ?]/)[1]
  if (path?.endsWith('/logs')) {
    const isSecond = asked.includes('pageToken=more')
    return pageOf([line(isSecond ? 'the last line' : 'the first line')], isSecond ? null : 'more', 2)
  }
  if (path?.endsWith('/timeline')) return ok({ events: [], stages: [] })
  if (path?.endsWith('/diagnosis')) return ok(diagnosis)
  if (path === '/api/v1/nodes') return pageOf([failed])
  if (path?.startsWith('/api/v1/batches')) return ok({ id: 'b', name: 'lot-7' })
  return ok({ ...failed, inventory: null, medium: null, claimedMac: null, hardware: null, config: null, warnings: [] })
}

await t.test('of a batch those that failed, as an archive with all that is known of each', async (t) => {
  const { asked, eims, env } = await bench(t, answer)
  const file = join(env.HOME, 'lot-7.tar')
  const said = await eims('logs', '--batch', 'lot-7', '--tar', file)
  t.match(said, /lot-7\.tar: logs of 1 nodes/)
  const [selection] = asked.map(([what]) => what).filter((what) => what.startsWith('GET /api/v1/nodes?'))
  t.match(selection, /lot-7/)
  t.match(selection, /instance\.state(\+| )=(\+| )FAILED/)
  const tar = (...args: string[]) => execFileSync('tar', args, { encoding: 'utf8' })
  const files = ['diagnosis.txt', 'log.txt', 'node.json', 'node.txt']
  t.strictSame(
    tar('tf', file).trim().split('\n').sort(),
    files.map((name) => `unit-7/${name}`),
  )
  t.match(tar('xOf', file, 'unit-7/log.txt'), /the first line\n.*the last line\n/, 'page by page, in order')
  t.match(tar('xOf', file, 'unit-7/diagnosis.txt'), /Retry it/)
  t.match(JSON.parse(tar('xOf', file, 'unit-7/node.json')), { name: 'unit-7', timeline: { events: [] } })
})

await t.test('as text: of several machines each under its name', async (t) => {
  const { asked, eims } = await bench(t, answer)
  t.match(await eims('logs', '--batch', 'lot-7', '--all'), /the first line\n.*the last line\n/)
  t.notMatch(asked, [[/FAILED/]], 'with --all those that did not fail, too')
  const data = await eims('logs', '--filter', 'name = unit-7', '--json')
  t.match(
    data
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)),
    [{ node: 'unit-7', text: 'the first line' }, {}],
  )
})
