import { execFile } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import openapiTS, { astToString } from 'openapi-typescript'
import t from 'tap'
import { startDatabases, temporaryFolder } from '../support/databases.ts'
import { addProfile, openSite } from '../support/site.ts'

// One promise: a client that a stranger's generator makes of docs/openapi.json compiles strictly, and works.

const root = join(import.meta.dirname, '../../../..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { fresh } = await startDatabases(t)

/** As somebody else would write it: types from the document, nothing of ours. */
const program = `
import createClient from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

type Problem = components['schemas']['Problem']
type Node = components['schemas']['Node']

function orThrow<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (error) throw new Error(error.detail)
  return data as T
}

export async function use(baseUrl: string, key: string, image: string) {
  const client = createClient<paths>({ baseUrl, headers: { authorization: 'Bearer ' + key } })
  const profile = orThrow(await client.POST('/api/v1/profiles', { body: { name: 'standard', image } }))
  const made = await client.POST('/api/v1/nodes', {
    params: { header: { 'Idempotency-Key': 'first' } },
    body: { serial: 'SN-1', profile: profile.name },
  })
  const node: Node = orThrow(made)
  // @ts-expect-error a serial is a text
  const refused = await client.POST('/api/v1/nodes', { body: { serial: 7 } })
  const problem: Problem | undefined = refused.error
  // @ts-expect-error no problem has such a code
  const nonsense: boolean = problem?.code === 'nonsense'

  const byForm = orThrow(
    await client.POST('/api/v1/imports', {
      body: { file: 'Serial,Batch\\nSN-2,lot-7\\n', onExisting: 'skip' },
      bodySerializer: (body) => {
        const form = new FormData()
        if (typeof body !== 'object') return form
        form.set('file', new File([body.file], 'machines.csv', { type: 'text/csv' }))
        if (body.onExisting) form.set('onExisting', body.onExisting)
        return form
      },
    }),
  )
  const asCsv = orThrow(
    await client.POST('/api/v1/imports', {
      params: { query: { dryRun: 'true' } },
      headers: { 'content-type': 'text/csv' },
      body: 'Serial\\nSN-3\\n',
      bodySerializer: (body) => body,
    }),
  )
  const list = orThrow(await client.GET('/api/v1/nodes', { params: { query: { filter: 'batch = lot-7', pageSize: 10 } } }))
  const got = await client.GET('/api/v1/nodes/{id}', { params: { path: { id: node.id } } })
  const reason: string = orThrow(got).status.reason.text
  const etag = got.response.headers.get('etag') ?? ''
  const patch = (batch: string) =>
    client.PATCH('/api/v1/nodes/{id}', {
      params: { path: { id: node.id }, header: { 'If-Match': etag } },
      body: { batch, metadata: { rack: '7' } },
    })
  const patched = orThrow(await patch('lot-7'))
  const stale = await patch('lot-7')
  const wasStale: boolean = stale.error?.code === 'precondition-failed'
  const uploaded = await client.POST('/api/v1/images/upload', {
    params: { query: { name: 'broken', format: 'qcow2' } },
    headers: { 'content-type': 'application/octet-stream' },
    body: 'no image',
    bodySerializer: (body) => body,
  })
  const csv: string | undefined = (await client.GET('/api/v1/export.csv', { parseAs: 'text' })).data
  const removed = await client.DELETE('/api/v1/nodes/{id}', { params: { path: { id: node.id } } })
  const gone = await client.GET('/api/v1/nodes/{id}', { params: { path: { id: node.id } } })
  return {
    location: made.response.headers.get('location'),
    node, problem, nonsense, byForm, asCsv, reason, wasStale, patched, csv,
    listed: list.items.map(({ serial }) => serial),
    uploaded: uploaded.error?.code,
    removed: removed.response.status,
    gone: gone.error?.code,
  }
}
`
const settings = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: false,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
    module: 'nodenext',
    allowImportingTsExtensions: true,
  },
  files: ['use.ts'],
}

await t.test('openapi-typescript with openapi-fetch', async (t) => {
  const folder = await temporaryFolder(t)
  const at = (name: string) => join(folder, name)
  const ast = await openapiTS(pathToFileURL(join(root, 'docs/openapi.json')), { defaultNonNullable: false })
  await writeFile(at('schema.d.ts'), astToString(ast))
  await writeFile(at('use.ts'), program)
  await writeFile(at('package.json'), '{"type": "module"}')
  await writeFile(at('tsconfig.json'), JSON.stringify(settings))
  await symlink(join(root, 'node_modules'), at('node_modules'))
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  )
  t.equal(stdout, '', 'it compiles')

  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'other')
  const [image] = (await site.api('listImages', {})).items
  const { use } = (await import(pathToFileURL(at('use.ts')).href)) as {
    use: (baseUrl: string, key: string, image: string) => Promise<{ node: { id: string } }>
  }
  const result = await use(site.admin, site.keys.admin, image?.name ?? '')
  t.match(result, {
    node: { serial: 'SN-1', profile: 'standard', registered: true },
    location: `/api/v1/nodes/${result.node.id}`,
    problem: { code: 'invalid-input', status: 400, fields: [{ path: 'body.serial' }] },
    nonsense: false,
    byForm: { committed: true, created: 1, onExisting: 'skip' },
    asCsv: { committed: false, dryRun: true, created: 1 },
    listed: ['SN-2'],
    reason: 'registered',
    patched: { batch: 'lot-7', metadata: { rack: '7' } },
    wasStale: true,
    uploaded: 'image-mismatch',
    csv: /^Serial,UUID/,
    removed: 204,
    gone: 'not-found',
  })
})
