import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { aTemplate } from './support/a-template.ts'
import { startDatabases } from './support/databases.ts'
import { addProfile, DIGEST, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const url = 'https://images.example/debian.raw.gz'

/** The tool on a site, in a folder. */
async function opened(t: Test) {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'kiosk')
  const folder = t.testdir()
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const eims = (...argv: string[]) =>
    new Promise<{ code: number | null; out: string; said: string }>((done) => {
      const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.admin }
      const child = spawn(process.execPath, [cli, ...argv], { env, cwd: folder })
      let out = ''
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      child.on('close', (code) => done({ code, out, said }))
    })
  return { site, put, eims }
}

await t.test('workflows add, check, render, set, list, show, delete', async (t) => {
  const { site, put, eims } = await opened(t)
  put('debian.yaml', aTemplate('debian', { url }))
  put('wrong.yaml', aTemplate('debian', { url, path: 'etc/rack' }))

  const wrong = await eims('workflows', 'check', 'wrong.yaml')
  t.equal(wrong.code, 1)
  t.match(wrong.said, /^ *wrong\.yaml:23:22 tasks\[0\]\.actions\[1\]\.environment\.DEST_PATH: DEST_PATH must be /m)
  const json = await eims('workflows', 'add', 'wrong.yaml', '--json')
  t.equal(json.code, 1)
  t.match(JSON.parse(json.out), { workflows: [], mistakes: [{ line: 23, column: 22 }] })
  t.equal(await site.db.workflow.count(), 0)

  const added = await eims('workflows', 'add', 'debian.yaml', '--note', 'as published')
  t.match(added, { code: 0, out: /^name\s+debian$/m })
  t.match(added.out, /report\s+none: its runs end with the OS written/)
  t.match(added.said, `./eims images add ${url} --sha256 HEX --name debian`)
  const again = await eims('workflows', 'add', 'debian.yaml')
  t.match(again, { code: 1, said: /a workflow called debian already/ })

  await eims('profiles', 'set', 'kiosk', '--workflow', 'debian', '--param', 'channel=edge')
  await eims('nodes', 'add', 'one', '--serial', 'SN-1', '--profile', 'kiosk')
  t.match((await eims('profiles', 'show', 'kiosk')).out, /workflow\s+debian \(channel=edge\)/)
  const text = aTemplate('debian', { url, sha256: DIGEST, contents: '{{ .node.name }} {{ .params.channel }}' })
  put('debian.yaml', text)
  const set = await eims('workflows', 'set', 'debian', '--file', 'debian.yaml', '--param', 'channel=x', '--no-fetch')
  t.match(set, { code: 0 }, set.said)
  const rendered = await eims('workflows', 'render', 'debian', '--node', 'SN-1')
  t.equal(rendered.code, 0, rendered.said)
  t.equal(
    rendered.out,
    `Workflow debian on node one: 5 actions
Disk: the only one that will do, or as the node or its profile says
Report: none, nothing in the workflow says that the image has cloud-init; its runs end with the OS written (PROVISIONED)

  1. inventory  (eims, 300 s)

  2. choose-disk  (eims, 300 s)

  3. stream image [write-image]  (line 10, 600 s)

  4. name the rack [write-file]  (line 18, 90 s)
     partition: 1  (line 22)
     fsType: ext4  (line 23)
     path: /etc/rack  (line 24)
     contents: one edge  (line 25)
     uid: 0  (line 26)
     gid: 0  (line 27)
     mode: 0644  (line 28)
     dirMode: 0755  (line 29)

  5. reboot  (line 30, 90 s)
     how: reboot  (line 30)

Images
  ${url}: image kiosk-image

Stand-ins
  .Hardware.Disks is /dev/chosen: the disk that choose-disk chooses
  .node.bootMac is 02:00:00:00:00:01: the machine was not seen yet
  .node.macs is 02:00:00:00:00:01: the machine was not seen yet
  .node.architecture is x86_64: the machine was not seen yet
  .node.firmware is uefi: the machine was not seen yet
  .node.ip is 192.0.2.10: the machine was not seen yet
`,
  )
  t.match((await eims('workflows', 'list')).out, /^debian\s+none\s+kiosk/m)
  t.ok((await eims('workflows', 'show', 'debian')).out.endsWith(`\n\n${text}`), 'line by line')
  t.match(await eims('workflows', 'delete', 'debian'), { code: 1, said: /used by profile kiosk/ })
  await eims('profiles', 'set', 'kiosk', '--workflow', '')
  t.match(await eims('workflows', 'delete', 'debian'), { code: 0 })
})

const hardware = `---
apiVersion: tinkerbell.org/v1alpha1
kind: Hardware
metadata:
  name: sm01
spec:
  disks:
    - device: /dev/nvme0n1
  interfaces:
    - dhcp:
        mac: 52:54:00:AA:00:07
        hostname: sm01
      netboot: {allowPXE: true}
  metadata:
    instance:
      id: 52:54:00:aa:00:07
      hostname: edge-7.example.org
      storage:
        disks:
          - device: /dev/nvme0n1
            partitions:
              - {label: ESP, number: 1, size: 1048576}
              - {label: root, number: 2, size: 0}
        filesystems:
          - mount: {device: /dev/nvme0n1p2, format: ext4, point: /, create: {options: [-L, root]}}
`
const template = `---
apiVersion: tinkerbell.org/v1alpha1
kind: Template
metadata:
  name: layout
spec:
  data: |
    version: "0.1"
    name: layout
    global_timeout: 600
    tasks:
      - name: os
        worker: "{{.device_1}}"
        actions:
          - name: partitions
            image: quay.io/tinkerbell/actions/rootio:latest
            command: ["partition"]
          - name: file systems
            image: quay.io/tinkerbell/actions/rootio:latest
            command: ["format"]
          - name: unpack
            image: quay.io/tinkerbell/actions/archive2disk:latest
            environment:
              ARCHIVE_URL: https://images.example/root.tar.gz
              ARCHIVE_TYPE: targz
              DEST_DISK: /dev/nvme0n1p2
              FS_TYPE: ext4
              DEST_PATH: /
              TARFILE_CHECKSUM: sha256:${'a'.repeat(64)}
`

await t.test('apply takes a Hardware as a node with its spec, and a Template as a workflow that sees it', async (t) => {
  const { site, put, eims } = await opened(t)
  put(
    'all.yaml',
    `${hardware}${template}---\nkind: Workflow\nname: own\nreport: seed\ntext: |\n  ${aTemplate('own', { url }).trimEnd().replaceAll('\n', '\n  ')}\n`,
  )
  const dry = await eims('apply', '-f', 'all.yaml', '--dry-run')
  t.match(dry, { code: 0, out: /Workflow layout: created/ }, dry.said)
  t.equal((await site.db.workflow.count()) + (await site.db.node.count()), 0)
  const done = await eims('apply', '-f', 'all.yaml')
  t.equal(done.code, 0, done.said)
  t.match(done.out, /Workflow own: created\n {2}https:\/\/images\.example\/debian\.raw\.gz/)
  t.match(await site.api('getWorkflow', { params: { id: 'own' } }), { report: 'seed', reports: 'seed' })
  const node = await site.api('getNode', { params: { id: 'edge-7' } })
  t.match(node, {
    registered: true,
    uuid: null,
    macs: ['52:54:00:aa:00:07'],
    disk: { match: '/dev/nvme0n1' },
    hardware: { metadata: { instance: { storage: { disks: [{ partitions: [{ size: 1048576 }, {}] }] } } } },
  })
  const rendered = await eims('workflows', 'render', 'layout', '--node', 'edge-7')
  t.match(rendered.out, /partitions: \[\{"number":1,"size":536870912,"label":"ESP"/, rendered.said)

  const same = await eims('apply', '-f', 'all.yaml', '--json')
  t.match(JSON.parse(same.out), {
    nodes: [{ result: 'unchanged' }],
    workflows: [{ result: 'unchanged' }, { result: 'unchanged' }],
  })
  put('bare.yaml', 'kind: Node\nname: edge-7\nmetadata: {rack: B7}\n')
  await eims('apply', '-f', 'bare.yaml')
  t.ok((await site.api('getNode', { params: { id: 'edge-7' } })).hardware, 'what is not spoken of stays')
  put('all.yaml', hardware.replace('number: 1, size: 1048576', 'number: 1, size: 2097152'))
  const changed = await eims('apply', '-f', 'all.yaml', '--json')
  t.match(JSON.parse(changed.out), { nodes: [{ result: 'changed', changes: [{ field: 'hardware' }] }] })
})

await t.test('what is wrong in any document is told at its place, and nothing is applied', async (t) => {
  const { site, put, eims } = await opened(t)
  put('wrong.yaml', `${hardware}${template.replace('archive2disk', 'archive3disk')}`)
  const wrong = await eims('apply', '-f', 'wrong.yaml')
  t.equal(wrong.code, 2)
  const line = `${hardware}${template}`.split('\n').findIndex((each) => each.includes('archive2disk')) + 1
  t.match(wrong.said, new RegExp(`wrong\\.yaml:${line}:\\d+ \\S+: .*archive3disk`))
  put('wrong.yaml', hardware.replace('52:54:00:AA:00:07', 'a mac').replace('edge-7.example.org', 'no_name'))
  const node = await eims('apply', '-f', 'wrong.yaml')
  t.match(node.said, /wrong\.yaml:17:7: name must be a host name/)
  t.match(node.said, /wrong\.yaml:10:7: macs\.0 /)
  put('wrong.yaml', 'apiVersion: tinkerbell.org/v1alpha2\nkind: Task\nmetadata: {name: one}\nspec: {}\n')
  t.match((await eims('apply', '-f', 'wrong.yaml')).said, /wrong\.yaml:2:1: Tasks and Workflows of v1alpha2/)
  t.equal((await site.db.workflow.count()) + (await site.db.node.count()), 0)
})
