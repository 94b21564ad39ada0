import { join } from 'node:path'
import t from 'tap'
import { verityOf } from '../src/edge/immutable/verity.ts'
import { carriedDigest, carriedK3s } from '../src/edge/k3s.ts'

await t.test('a verified root and its hash tree are found by the two halves of the root hash', async (t) => {
  const rootHash = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210'
  t.strictSame(verityOf(rootHash), {
    rootHash,
    dataGuid: '00112233-4455-6677-8899-aabbccddeeff',
    treeGuid: '01234567-89ab-cdef-fedc-ba9876543210',
  })
})

await t.test('an image carries K3s: stand-ins, or what a folder has of it', async (t) => {
  const places = async (dir?: string) => (await carriedK3s(dir)).map(({ to, mode }) => `${mode} ${to}`)
  t.strictSame(await places(), ['755 opt/install.sh', '755 usr/local/bin/k3s'])
  const dir = t.testdir({
    'install.sh': '#!/bin/sh\n',
    k3s: 'program',
    'k3s-airgap-images-amd64.tar.zst': 'images',
    'own.tar': 'images',
    'README.md': 'no image',
  })
  t.strictSame(await places(dir), [
    '755 opt/install.sh',
    '755 usr/local/bin/k3s',
    '644 var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst',
    '644 var/lib/rancher/k3s/agent/images/own.tar',
  ])
  t.equal(await carriedDigest(await carriedK3s(dir)), await carriedDigest(await carriedK3s(dir)))
  t.not(await carriedDigest(await carriedK3s(dir)), await carriedDigest(await carriedK3s()))
  await t.rejects(carriedK3s(join(dir, 'none')), { code: 'ENOENT' })
})
