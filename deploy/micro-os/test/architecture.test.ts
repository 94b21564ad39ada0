import t from 'tap'
import { architecturesToBuild, targetFor } from '../architecture.ts'
import { wantedModules } from '../wanted-drivers.ts'

await t.test('x86_64 is always built, another one when it is asked for or was built before', async (t) => {
  const built = (asked: string[], ...there: string[]) => architecturesToBuild(asked, (name) => there.includes(name))
  t.strictSame(built([]), ['x86_64'])
  t.strictSame(built(['arm64']), ['x86_64', 'arm64'])
  t.strictSame(built(['arm64', 'x86_64', 'arm64']), ['x86_64', 'arm64'])
  t.strictSame(built([], 'x86_64', 'arm64'), ['x86_64', 'arm64'], 'what is there keeps in step with the server')
  t.throws(() => built(['riscv64']), { message: /no Micro-OS .* "riscv64"; known: x86_64, arm64/ })
})

await t.test('each has the drivers that its kernel knows', async (t) => {
  const [pc, arm] = [wantedModules('x86_64'), wantedModules('arm64')]
  for (const name of ['virtio_net', 'nvme', 'r8152']) t.ok(pc.includes(name) && arm.includes(name), name)
  for (const name of ['vmd', 'uhci_hcd']) t.ok(pc.includes(name) && !arm.includes(name), name)
  for (const name of ['genet', 'hns3']) t.ok(arm.includes(name) && !pc.includes(name), name)
})

await t.test("the loader's place is the one that the ABI gives it", async (t) => {
  t.equal(targetFor('x86_64').loader, 'lib64/ld-linux-x86-64.so.2')
  t.equal(targetFor('arm64').loader, 'lib/ld-linux-aarch64.so.1')
})
