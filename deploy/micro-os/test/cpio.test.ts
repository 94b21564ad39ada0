import t from 'tap'
import { cpio, type Entry } from '../cpio.ts'
import { readCpio } from './read-initrd.ts'

await t.test('a small archive, byte by byte', async (t) => {
  const archive = cpio([
    { path: 'init', kind: 'file', bytes: Buffer.from('#!/bin/sh\n'), executable: true },
    { path: 'bin/sh', kind: 'link', target: 'busybox' },
  ])
  const zero = '00000000'
  const header = (inode: string, mode: string, links: string, size: string, name: string) =>
    `070701${inode}${mode}${zero}${zero}${links}${zero}${size}${zero}${zero}${zero}${zero}${name}${zero}`
  t.equal(
    archive.toString('latin1'),
    [
      `${header('00000001', '000041ed', '00000002', zero, '00000004')}bin\0\0\0`,
      `${header('00000002', '0000a1ff', '00000001', '00000007', '00000007')}bin/sh\0\0\0\0busybox\0`,
      `${header('00000003', '000081ed', '00000001', '0000000a', '00000005')}init\0\0#!/bin/sh\n\0\0`,
      `${header(zero, zero, '00000001', zero, '0000000b')}TRAILER!!!\0\0\0\0`,
    ].join(''),
  )
})

await t.test('the same entries in another order are the same bytes', async (t) => {
  const entries: Entry[] = [
    { path: 'a-b', kind: 'folder' },
    { path: 'a/b', kind: 'file', bytes: Buffer.from('1') },
    { path: 'a/B', kind: 'file', bytes: Buffer.from('22') },
    { path: 'dev/console', kind: 'character-device', major: 5, minor: 1 },
  ]
  t.ok(cpio(entries).equals(cpio(entries.toReversed())))
  const names = [...readCpio(cpio(entries)).keys()]
  t.strictSame(names, ['a', 'a-b', 'a/B', 'a/b', 'dev', 'dev/console'])
})

await t.test('what cannot be in an archive is refused', async (t) => {
  const file = (path: string): Entry => ({ path, kind: 'file', bytes: Buffer.alloc(0) })
  for (const path of ['/init', '../init', 'a/../b', 'a//b', 'a/', '', '.']) {
    t.throws(() => cpio([file(path)]), /not a plain relative path/, path)
  }
  t.throws(() => cpio([file('init'), file('init')]), /twice in one archive: init/)
})
