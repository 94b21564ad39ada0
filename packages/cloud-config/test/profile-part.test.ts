import t from 'tap'
import { cloudConfigFault, cloudConfigWarnings, cloudInitDocuments } from '../src/index.ts'
import { readCloudConfig } from '../src/profile-part.ts'

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
    ['#cloud-config\nbootcmd: reboot\n', 'bootcmd must be a list'],
    ['#cloud-config\ncloud_init_modules: none\n', 'cloud_init_modules must be a list'],
    ['#cloud-config\npower_state: reboot\n', /^power_state is not as cloud-init takes it/],
    ['#cloud-config\npower_state: {mode: sleep}\n', /^power_state is not as cloud-init takes it: mode/],
    ['#cloud-config\npower_state: {mode: halt, delay: soon}\n', /^power_state is not as cloud-init takes it: delay/],
    [bomb, /^is not valid YAML: Excessive alias count/],
  ]
  for (const [text, fault] of table) t.match(cloudConfigFault(text), fault, JSON.stringify(text.slice(0, 40)))
})

await t.test(
  'a list of modules without bootcmd at every boot gets it, so that the unit can report itself',
  async (t) => {
    const modulesOf = (list: string) => {
      const read = readCloudConfig(`#cloud-config\ncloud_init_modules: ${list}\n`)
      return 'fault' in read ? read.fault : read.config.cloud_init_modules
    }
    t.strictSame(modulesOf('[ssh, bootcmd]'), ['ssh', 'bootcmd'])
    t.strictSame(modulesOf('[ssh, [users-groups, once]]'), ['bootcmd', 'ssh', ['users-groups', 'once']])
    t.strictSame(modulesOf('[ssh, [bootcmd, once]]'), ['bootcmd', 'ssh'])
    t.equal(modulesOf('none'), undefined, 'of an earlier version: the image’s own list')
  },
)

await t.test('documents are not made from a faulty one', async (t) => {
  const input = {
    node: { name: 'n', nics: [] },
    instanceId: 'r',
    profile: { cloudConfig: '#cloud-config\nusers: ops\n' },
    site: { httpProxy: null, noProxy: null, ntpServers: [] },
    phoneHome: { urls: ['http://h/'], token: 't', caPem: null },
  }
  t.throws(() => cloudInitDocuments(input), { message: 'the profile’s cloudConfig users must be a list' })
})

await t.test('what is said in vain, or makes a unit go without, is warned of by name', async (t) => {
  const table: [string, string[]][] = [
    ['disable_root: false\nssh_pwauth: true\nhostname: theirs\n', []],
    ['cloud_init_modules: [bootcmd, write-files, {name: users-groups}, ssh, set_hostname]\n', []],
    ['cloud_init_modules: [bootcmd, write-files, ssh, set_hostname]\n', ['cloud_init_modules leaves out users_groups']],
    [
      'cloud_init_modules: [write-files, users-groups, ssh, set_hostname, [bootcmd, once]]\n',
      ['cloud_init_modules leaves out bootcmd'],
    ],
    ['cloud_final_modules: [package-update-upgrade-install]\n', ['cloud_final_modules leaves out scripts_user']],
    ['datasource_list: [Ec2]\n', ['datasource_list and datasource have no effect here']],
    ['network: {config: disabled}\n', ['network has no effect here']],
    ['power_state: {mode: poweroff}\n', ['power_state is done when the server has the report']],
    ['runcmd: [touch /etc/cloud/cloud-init.disabled]\n', ['cloud-init.disabled keeps a unit from reporting']],
    ['users: ops\n', []],
  ]
  for (const [text, begins] of table) {
    const warnings = cloudConfigWarnings(`#cloud-config\n${text}`)
    t.equal(warnings.length, begins.length, text)
    for (const [at, begin] of begins.entries()) t.match(warnings[at], begin, text)
  }
})
