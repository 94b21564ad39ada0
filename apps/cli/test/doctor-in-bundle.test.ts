import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import type { Check } from '../src/doctor/check.ts'

// One promise: in an unpacked bundle the doctor looks at the boot files that up serves, and names remedies that a bundle has.

const main = resolve(import.meta.dirname, '../src/main.ts')

/** What the doctor says of boot files. @param root a checkout or an unpacked bundle; the cache is empty */
function told(root: string): Record<string, string> {
  const args = ['doctor', '--json', '--data', join(root, 'data'), '--interface', 'nowhere']
  const env = { ...process.env, EIMS_ROOT: root, EIMS_CACHE: join(root, 'cache') }
  const { stdout } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env })
  const checks = JSON.parse(stdout) as Check[]
  return Object.fromEntries(checks.map(({ name, result, remedy }) => [name, remedy ? `${result}: ${remedy}` : result]))
}

function make(folder: string, files: Record<string, string>, more: object = {}): void {
  mkdirSync(folder, { recursive: true })
  const described = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text)
    return [name, { size: text.length, sha256: createHash('sha256').update(text).digest('hex') }]
  })
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ files: Object.fromEntries(described), ...more }))
}

await t.test('a bundle’s own folder, not the cache', async (t) => {
  const root = t.testdir({ '.bundled': '0.1.0 x64 debian-12\n' })
  make(join(root, 'artifacts/ipxe'), { 'snponly.efi': 'iPXE' })
  make(join(root, 'artifacts/x86_64'), { vmlinuz: 'a kernel' }, { kernelVersion: '6.12.1' })
  t.match(told(root), { 'iPXE files': 'ok', 'Micro-OS for x86_64': 'ok' })
  writeFileSync(join(root, 'artifacts/ipxe/snponly.efi'), 'changed')
  t.match(told(root), { 'iPXE files': /^fail: Unpack the bundle again/, 'Micro-OS for x86_64': 'ok' })
})

await t.test('a checkout’s are in the cache, whatever lies beside it', async (t) => {
  const root = t.testdir()
  make(join(root, 'artifacts/ipxe'), { 'snponly.efi': 'iPXE' })
  t.match(told(root), { 'iPXE files': 'fail: Make them again: ./eims prepare' })
  make(join(root, 'cache/artifacts/ipxe'), { 'snponly.efi': 'iPXE' })
  t.match(told(root), { 'iPXE files': 'ok' })
})
