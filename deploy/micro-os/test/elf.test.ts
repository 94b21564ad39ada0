import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { neededLibraries, section, stripped } from '../elf.ts'
import { folder } from './built.ts'

const node = readFileSync(process.execPath)

await t.test('the libraries that Node asks for', async (t) => {
  const needed = neededLibraries(node)
  for (const name of ['libc.so.6', 'libstdc++.so.6', 'libgcc_s.so.1', 'libm.so.6']) t.ok(needed.includes(name), name)
  t.match(section(node, '.comment')?.toString('latin1'), /GCC|clang/)
  t.equal(section(node, '.modinfo'), undefined)
})

await t.test('Node without its symbols is smaller and runs', async (t) => {
  const smaller = stripped(node)
  t.ok(smaller.length < node.length * 0.9, `${smaller.length} of ${node.length} bytes`)
  const file = join(await folder(t), 'node')
  writeFileSync(file, smaller, { mode: 0o755 })
  t.equal(execFileSync(file, ['-p', '[1,2].map((x) => x * 2).join()'], { encoding: 'utf8' }), '2,4\n')
  t.strictSame(neededLibraries(smaller), neededLibraries(node))
})

await t.test('what is no ELF file is refused', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), Buffer.alloc(128)]) {
    t.throws(() => neededLibraries(bytes), /not a 64-bit little-endian ELF file/)
  }
})
