import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// Promise: a dry run takes profiles for granted that the files hold, and finds every other problem, however many refer to them.

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))

const profile = `appVersion: apps/v1
spec:
  name: To come
  type: OS_TYPE_MUTABLE
  provider: OS_PROVIDER_KIND_INFRA
  architecture: x86_64
  profileName: to-come
  osImageUrl: https://files.example/noble.img
  osImageVersion: 24.04.2
  osImageSha256: bc471ca400000000000000000000000000000000000000000000000000009e2d
  securityFeature: SECURITY_FEATURE_NONE
`

await t.test('a thousand nodes of a profile to come hide no problem behind them', async (t) => {
  const site = await openSite(t, await fresh(t))
  const eims = async (yaml: string) => {
    const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.operator }
    const child = spawn(process.execPath, [cli, 'apply', '-f', '-', '--dry-run'], { env })
    child.stdin.end(yaml)
    const [out, said, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((done) => child.on('close', done)),
    ])
    return { out, said, code }
  }
  const many = Array.from({ length: 1000 }, (_, index) => `- {serial: SN-${index}, profile: to-come}\n`).join('')
  t.match(await eims(`${profile}---\n${many}`), {
    code: 0,
    out: /^Profiles in the files: to-come\n.*1000 nodes created.*SN-0/is,
  })
  t.match(await eims(`${profile}---\n${many}- {serial: LAST, profile: nobodys}\n`), {
    code: 2,
    out: '',
    said: /^eims: nothing was applied:\n {2}standard input:\d+:\d+: profile names the profile nobodys, which does not exist/,
  })

  const nodes = [{ serial: 'S1', profile: 'to-come' }]
  const profilesToCome = ['to-come']
  t.match(await site.api('applyNodes', { body: { nodes, profilesToCome, dryRun: true } }), { problemsTotal: 0 })
  t.match(await site.api('applyNodes', { body: { nodes, profilesToCome } }), {
    applied: false,
    problems: [{ field: 'profile', message: /to-come, which does not exist/ }],
  })
  t.match(await site.api('applyNodes', { body: { nodes, dryRun: true } }), { problemsTotal: 1 })
  t.equal(await site.db.node.count(), 0)
})
