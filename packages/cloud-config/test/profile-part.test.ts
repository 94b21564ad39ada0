import t from 'tap'
import { cloudConfigFault, cloudInitDocuments } from '../src/index.ts'

await t.test('a cloud-config that is one has no fault', async (t) => {
  for (const text of [
    '#cloud-config',
    '#cloud-config\n',
    '#cloud-config\r\npackages: [htop]\r\n',
    '#cloud-config\n{}\n',
    '#cloud-config\nusers:\nruncmd: [ls]\n',
    '#cloud-config\nbase: &b {a: 1}\nmore: {<<: *b}\n',
  ])
    t.equal(cloudConfigFault(text), null, JSON.stringify(text))
})

await t.test('what is wrong is said in a sentence that follows the field’s name', async (t) => {
  const bomb = `#cloud-config\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(10)}]\nc: &c [${'*b,'.repeat(10)}]\nd: [${'*c,'.repeat(10)}]\n`
  const table: [string, string | RegExp][] = [
    ['#!/bin/sh\n', 'must begin with the line #cloud-config'],
    ['#cloud-config-archive\n- x\n', 'must begin with the line #cloud-config'],
    ['#cloud-config\n- a list\n', 'must be a map of cloud-config keys'],
    ['#cloud-config\nwords\n', 'must be a map of cloud-config keys'],
    ['#cloud-config\na: [1\n', /^is not valid YAML: .*line 3/],
    ['#cloud-config\na: 1\na: 2\n', /^is not valid YAML: Map keys must be unique/],
    ['#cloud-config\nusers: ops\n', 'users must be a list'],
    ['#cloud-config\nruncmd: {a: 1}\n', 'runcmd must be a list'],
    ['#cloud-config\nwrite_files: x\n', 'write_files must be a list'],
    [bomb, /^is not valid YAML: Excessive alias count/],
  ]
  for (const [text, fault] of table) t.match(cloudConfigFault(text), fault, JSON.stringify(text.slice(0, 40)))
})

await t.test('documents are not made from a faulty one', async (t) => {
  const input = {
    node: { name: 'n' },
    instanceId: 'r',
    profile: { cloudConfig: '#cloud-config\nusers: ops\n' },
    site: { httpProxy: null, noProxy: null, ntpServers: [] },
    phoneHome: { urls: ['http://h/'], token: 't', caPem: null },
  }
  t.throws(() => cloudInitDocuments(input), { message: 'the profile’s cloudConfig users must be a list' })
})
