import { mkdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { anArchiveTemplate, aTemplate } from './support/a-template.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { bench, MiB, noise, reassemble, sampleDisk, sha256, tool } from './support/sample-disk.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const folder = t.testdir()
mkdirSync(`${folder}/root/etc`, { recursive: true })
writeFileSync(`${folder}/root/etc/os-release`, 'ID=debian\n')
writeFileSync(`${folder}/root/noise`, noise(5 * MiB))
writeFileSync(`${folder}/root/zeros`, Buffer.alloc(9 * MiB))
writeFileSync(`${folder}/disk.raw`, sampleDisk(5 * MiB))
const tar = tool('tar', ['-C', `${folder}/root`, '-c', 'etc', 'noise', 'zeros'])
const gz = tool('gzip', ['-c'], tar)
const packed: [string, Buffer][] = [
  ['tar', tar],
  ['gzip', gz],
  ['zstd', tool('zstd', ['-qc'], tar)],
  ['xz', tool('xz', ['-0c'], tar)],
]

await t.test('a tar archive is kept as one, however it is packed, and comes back byte for byte', async (t) => {
  for (const [name, file] of packed) {
    const { store, convert } = await bench(`${folder}/${name}`)
    writeFileSync(`${folder}/file`, file)
    for (const format of [undefined, 'archive'] as const) {
      const made = await convert(`${folder}/file`, { format, sha256: sha256(file) })
      t.match(made, { format: 'archive', sourceSha256: sha256(file), facts: { archive: true, size: tar.length } }, name)
      t.equal(made.manifest.rawSha256, sha256(tar))
      t.ok(made.manifest.zeros.length > 0, 'zeros are not kept')
      t.ok((await reassemble(made.manifest, store)).equals(tar))
    }
  }
})

await t.test('what is none, is cut off or is another format than announced is refused', async (t) => {
  const { convert } = await bench(`${folder}/refused`)
  const refused = (file: Buffer, format: 'gz' | 'archive' | undefined, fault: object) => {
    writeFileSync(`${folder}/file`, file)
    return t.rejects(convert(`${folder}/file`, { format }), fault as never)
  }
  const cut = { code: 'image-unreadable', message: /does not end as one: it was cut off/ }
  await refused(tar.subarray(0, 2 * MiB), undefined, cut)
  await refused(tar.subarray(0, tar.length - 100), undefined, cut)
  await refused(tool('gzip', ['-c'], tar.subarray(0, 3 * MiB)), undefined, cut)
  await refused(gz, 'gz', { code: 'image-mismatch', message: /announced as gz, but the file holds a tar archive/ })
  await refused(sampleDisk(5 * MiB), 'archive', { code: 'image-mismatch', message: /announced as archive/ })
  const ofDisk = tool('tar', ['-C', folder, '-cz', 'disk.raw'])
  await refused(ofDisk, undefined, { reason: { code: 'image-packed-twice' } })
  writeFileSync(`${folder}/file`, ofDisk)
  t.equal((await convert(`${folder}/file`, { format: 'archive' })).format, 'archive', 'a person knows better')
})

/** An archive of the store, as its publisher names it. */
async function stored({ jobs }: Site, name: string, sourceUrl: string) {
  const { done } = await jobs.start({ name, architecture: 'x86_64', sourceUrl }, slices(gz))
  t.equal(await done, null)
}

async function* slices(bytes: Buffer) {
  yield bytes
}

await t.test(
  'no profile writes one to a disk, neither one that is made now nor one that was made before',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const begun = await site.jobs.start({ name: 'rootfs', architecture: 'x86_64' }, slices(gz))
    await site.api('addProfile', { body: { name: 'early', image: 'rootfs' } })
    t.equal(await begun.done, null)
    await t.rejects(site.api('addProfile', { body: { name: 'late', image: 'rootfs' } }), {
      code: 'invalid-input',
      fields: [{ path: 'body.image', message: /names rootfs, which is a tar archive: name the image of a disk/ }],
    } as never)
    await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'early' } })
    const agent = await bootAgent(site.open, { serial: 'SN-1' })
    t.match(await agent.next(), {
      kind: 'wait',
      reason: { code: 'image-kind', slots: { image: 'rootfs', profile: 'early', kind: 'disk' } },
    })
    t.match(
      JSON.stringify(await site.api('diagnosis', { query: { node: 'one' } })),
      './eims profiles set early --image IMAGE',
    )
    t.equal(await site.db.run.count(), 0)
  },
)

await t.test('a template takes from its URL what it asks for, and nothing else', async (t) => {
  const url = 'https://images.example/rootfs.tar.gz'
  for (const [text, fault] of [
    [anArchiveTemplate(url, sha256(gz)), null],
    [anArchiveTemplate(url, 'c'.repeat(64)), { code: 'workflow-image-other', slots: { has: sha256(gz) } }],
    [aTemplate('debian', { url }), { code: 'workflow-image-kind', slots: { image: 'rootfs', kind: 'disk' } }],
  ] as const) {
    const site = await openSite(t, await fresh(t))
    await stored(site, 'rootfs', url)
    await site.api('addWorkflow', { body: { name: 'flow', text, fetch: false } })
    await addProfile(site.db, 'kiosk', { workflow: { workflow: 'flow', params: {} } })
    await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'kiosk' } })
    const agent = await bootAgent(site.open, { serial: 'SN-1' })
    t.match(await agent.next(), fault ? { kind: 'wait', reason: fault } : { kind: 'action' })
    if (fault) continue
    const { manifestSha256, rawSize } = await site.api('getImage', { params: { id: 'rootfs' } })
    const { definition } = await site.db.action.findFirstOrThrow({ where: { name: 'unpack root' } })
    t.match(definition, { with: { archiveSha256: manifestSha256, archiveSize: rawSize, folder: '/', partition: 1 } })
  }
})
