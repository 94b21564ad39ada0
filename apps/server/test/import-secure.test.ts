import { NodeInput } from '@eims/contracts'
import { createNode, ensureSite, patchSite } from '@eims/registry'
import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite } from './support/site.ts'

const databases = await startDatabases(t)

const profiles = [null, 'plain', 'secure'] as const
type Named = (typeof profiles)[number]

/** What is said against a row that wants security, of the profile that it would get. */
const against: Record<string, string[]> = {
  secure: [],
  plain: ['needs a profile with secure boot and full disk encryption, which plain has not'],
  none: ['needs a profile with secure boot and full disk encryption, and the row has none'],
}
const rows: { row: Named; node: Named | 'new' }[] = profiles.flatMap((row) =>
  (['new', ...profiles] as const).map((node) => ({ row, node })),
)

await t.test('a row that wants security needs a profile that has it, from wherever the profile comes', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { id: siteId } = await ensureSite(site.db)
  await addProfile(site.db, 'plain')
  await addProfile(site.db, 'secure', { securityFeature: 'secure-boot-and-full-disk-encryption' })
  const serials = rows.map(({ row, node }) => `${row}-${node}`)
  for (const [index, { node }] of rows.entries()) {
    const input = { serial: serials[index], ...(node === null ? {} : { profile: node }) }
    if (node !== 'new')
      await createNode(site.db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  }
  for (const preset of profiles) {
    await patchSite(site.db, { defaultProfile: preset })
    for (const secure of ['true', 'false', '']) {
      const lines = rows.map(({ row }, index) => `${serials[index]},${row ?? ''},${secure}\n`)
      const file = `serial,osprofile,secure\n${lines.join('')}`
      const { problems } = await importCsv(site, file, { dryRun: 'true', onExisting: 'update' })
      for (const [index, { row, node }] of rows.entries()) {
        const effective = row ?? (node === 'new' ? null : node) ?? preset ?? 'none'
        const found = problems.filter((problem) => problem.rows.includes(index + 2)).map(({ message }) => message)
        const what = `row ${row}, node ${node}, site ${preset}, secure ${secure}`
        t.strictSame(found, secure === 'true' ? against[effective] : [], what)
      }
      t.ok(problems.every(({ column, code }) => column === 'secure' && code === 'not-secure'))
    }
  }
  await patchSite(site.db, { defaultProfile: 'plain' })
  const { problems } = await importCsv(site, 'serial,osprofile,secure\nS-1,nonsense,true\n', { dryRun: 'true' })
  t.match(problems, [{ code: 'unknown-profile' }], 'of a profile that there is not, only that is said')
  t.equal(problems.length, 1)
})
