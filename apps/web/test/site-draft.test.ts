import { RETENTION, type Site, SitePatch } from '@eims/contracts'
import t from 'tap'
import { changesOf } from '../src/pages/audit-change.ts'
import { changedIn, draftOf, patchOf } from '../src/pages/site-draft.ts'

// One promise: a form of settings sends what was changed in it, and nothing else; a change is shown by its fields.

const site: Site = {
  id: 'site',
  name: 'hall-2',
  defaultProfile: 'edge',
  unknownPolicy: null,
  autoProvision: true,
  overwriteUnregistered: false,
  bootOrder: 'disk',
  chainRomIpxe: 'auto',
  dhcpMode: 'proxy',
  userClass: 'eims',
  scriptUrl: null,
  bootFiles: [{ architecture: 7, file: 'snponly.efi' }],
  https: false,
  plainHttp: 'allowed',
  secureBoot: 'auto',
  secureBootModels: [
    { product: 'SYS-E100*', secureBoot: 'on', learned: { node: 'pos-1', at: '2026-11-20T10:00:00.000Z' } },
  ],
  caFingerprint: null,
  httpProxy: null,
  noProxy: null,
  ntpServers: ['ntp.example'],
  orchestratorUrl: null,
  orchestratorCa: null,
  mirrors: [],
  adminHosts: [],
  sharedIdentifiers: [],
  retention: RETENTION,
  unregisteredLimit: 5000,
  importColumns: { SN: 'Serial' },
  defaultAccount: null,
  config: null,
  configSha256: null,
}
const draft = draftOf(site)
const keys = Object.keys(draft) as (keyof typeof draft)[]

await t.test('a form that nobody touched is the site as it is', (t) => {
  t.strictSame(changedIn(draft, draftOf(site)), [])
  const { config: _c, configSha256: _s, caFingerprint: _f, id: _i, ...settings } = site
  t.strictSame(SitePatch.parse(patchOf(draft, keys)), settings)
  t.end()
})

await t.test('only what was changed is sent', (t) => {
  const now = { ...draft, ntpServers: 'a.example\n\n  b.example ', unknownPolicy: 'hold' as const, defaultProfile: '' }
  const changed = changedIn(draft, now)
  t.strictSame(patchOf(now, changed), {
    defaultProfile: null,
    unknownPolicy: 'hold',
    ntpServers: ['a.example', 'b.example'],
  })
  t.strictSame(patchOf(draft, changed), { defaultProfile: 'edge', unknownPolicy: null, ntpServers: ['ntp.example'] })
  t.end()
})

await t.test('what is no number is the server’s to refuse, at its field', (t) => {
  const now = {
    ...draft,
    unregisteredLimit: 'many',
    retention: { ...draft.retention, logs: { days: '', megabytes: '5' } },
  }
  const refused = SitePatch.safeParse(patchOf(now, changedIn(draft, now)))
  t.strictSame(refused.error?.issues.map(({ path }) => path.join('.')).sort(), [
    'retention.logs.days',
    'retention.logs.megabytes',
    'unregisteredLimit',
  ])
  t.end()
})

await t.test('a change is the fields that it touched', (t) => {
  const before = { name: 'a', note: null, kept: { days: 3, size: 1 }, macs: ['1'] }
  const after = { name: 'a', note: 'x', kept: { days: 4, size: 1 }, macs: ['1', '2'] }
  t.strictSame(changesOf(before, after), [
    { path: 'note', before: null, after: 'x' },
    { path: 'kept.days', before: '3', after: '4' },
    { path: 'macs', before: '["1"]', after: '["1","2"]' },
  ])
  t.strictSame(changesOf(null, { name: 'a' }), [{ path: 'name', before: null, after: 'a' }])
  t.strictSame(changesOf('running', 'held'), [{ path: '', before: 'running', after: 'held' }])
  t.strictSame(changesOf(null, null), [])
  t.end()
})
