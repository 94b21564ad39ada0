import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { MiB, sampleDisk } from './support/sample-disk.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))

const file = gzipSync(sampleDisk(2 * MiB))
const sha256 = createHash('sha256').update(file).digest('hex')

/** infra-core/os-profiles/microvisor-standalone.yaml, with the digest of this test's file. */
const profile = `appVersion: apps/v1
metadata:
  standalone-node: true
spec:
  name: Edge Microvisor Toolkit Standalone 3.0.20260602
  type: OS_TYPE_IMMUTABLE
  provider: OS_PROVIDER_KIND_INFRA
  architecture: x86_64
  profileName: microvisor-standalone
  osImageUrl: files-edge-orch/repository/microvisor/non_rt/edge-readonly-3.0.20260602.2200-prod-signed.raw.gz
  osImageVersion: 3.0.20260602.2200
  osImageSha256: ${sha256}
  securityFeature: SECURITY_FEATURE_NONE
  platformBundle:
  colour: blue
`

await t.test('`eims profiles apply` brings EIM’s profile and its image; a second time nothing changes', async (t) => {
  const site = await openSite(t, await fresh(t))
  const files = await fileServer(t, (_, reply) => void reply.end(file))
  const path = join(site.dataDir, 'microvisor-standalone.yaml')
  await mkdir(site.dataDir, { recursive: true })
  await writeFile(path, profile)
  const apply = (...more: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const words = ['profiles', 'apply', path, '--server', site.admin, '--key', site.keys.admin, ...more]
      execFile(process.execPath, [cli, ...words], (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      )
    })
  t.match(await apply(), { code: 2, err: /osImageUrl .* is relative; say where it is with --image-base/ })
  const first = await apply('--image-base', `${files.url}/mirror/`, '--json')
  t.match(first, { code: 0 })
  t.match(JSON.parse(first.out), [
    {
      profile: 'microvisor-standalone',
      result: 'created',
      image: 'microvisor-standalone-3.0.20260602.2200',
      imageResult: 'added',
      unknown: ['spec.colour'],
    },
  ])
  t.strictSame(files.asked, [
    'GET /mirror/files-edge-orch/repository/microvisor/non_rt/edge-readonly-3.0.20260602.2200-prod-signed.raw.gz',
  ])
  t.match(await site.api('getProfile', { params: { id: 'microvisor-standalone' } }), {
    type: 'immutable',
    version: '3.0.20260602.2200',
    metadata: { 'standalone-node': 'true' },
    source: { provider: 'infra', imageSha256: sha256 },
  })
  t.match(await site.api('getImage', { params: { id: 'microvisor-standalone-3.0.20260602.2200' } }), { state: 'ready' })
  const audits = await site.db.audit.count()
  const second = await apply('--image-base', `${files.url}/mirror/`)
  t.match(second, { code: 0, out: /microvisor-standalone +unchanged .* kept +not known, left out: spec\.colour/ })
  t.equal(files.asked.length, 1, 'the image is not fetched again')
  t.equal(await site.db.audit.count(), audits, 'and nothing stands in the audit log')

  await writeFile(path, profile.replace(sha256, 'a'.repeat(64)))
  t.match(await apply('--image-base', files.url), { code: 1, err: /a changed image needs another osImageVersion/ })
  await writeFile(path, profile.replaceAll('20260602', '20260701').replace(sha256, 'a'.repeat(64)))
  t.match(await apply('--image-base', files.url), { code: 1, err: /was not added: the file has the SHA-256/ })
  t.equal((await site.api('getProfile', { params: { id: 'microvisor-standalone' } })).version, '3.0.20260602.2200')

  const local = join(site.dataDir, 'local.raw.gz')
  await writeFile(local, file)
  await writeFile(path, profile.replaceAll('20260602', '20260701'))
  t.match(await apply('--image', local), { code: 0, out: /microvisor-standalone +updated/ })
})
