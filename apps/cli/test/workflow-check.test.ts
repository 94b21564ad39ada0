import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Refusal } from '../src/refusal.ts'
import { bench, ok } from './support/bench.ts'

const template = (path = '/etc/rack') => `version: "0.1"
name: debian
global_timeout: 1800
tasks:
  - name: os
    worker: "{{.device_1}}"
    actions:
      - name: stream image
        image: quay.io/tinkerbell/actions/image2disk:latest
        timeout: 600
        environment:
          IMG_URL: http://images.example/debian-13.raw.gz?token=x
          COMPRESSED: true
      - name: name the rack
        image: quay.io/tinkerbell/actions/writefile:latest
        timeout: 90
        environment:
          DEST_DISK: {{ formatPartition (index .Hardware.Disks 0) 1 }}
          FS_TYPE: ext4
          DEST_PATH: ${path}
          CONTENTS: "{{ .params.channel }} {{ .site.server }}"
          UID: 0
          GID: 0
          MODE: 0644
          DIRMODE: 0755
      - name: reboot
        image: ghcr.io/jacobweinstock/waitdaemon:latest
        timeout: 90
        command: ["reboot"]
        environment:
          IMAGE: alpine
`

const refusalOf = (call: Promise<string>): Promise<Refusal> =>
  call.then(
    (printed) => new Refusal(`it was not refused: ${printed}`, 0),
    (error) => error,
  )

async function opened(t: Test) {
  const { asked, eims } = await bench(t, () =>
    ok({ node: 'unit-1', workflows: [], disk: null, standIns: [], mistakes: [], warnings: [] }),
  )
  const file = join(t.testdir(), 'debian.yaml')
  writeFileSync(file, template())
  return { asked, eims, file, put: (text: string) => writeFileSync(file, text) }
}

await t.test('a file is checked and rendered without a server', async (t) => {
  const { asked, eims, file } = await opened(t)
  const param = ['--param', 'channel=stable']
  const checked = await eims('workflows', 'check', file, ...param)
  t.match(checked, `${file}: workflow debian can be run: 5 actions, report none (nothing in the workflow says`)
  t.match(checked, 'http://images.example/debian-13.raw.gz: no server was asked whether its store has it')
  t.match(await eims('workflows', 'check', file, ...param, '--report', 'seed'), 'report seed (')
  const rendered = await eims('workflows', 'render', file, ...param)
  t.match(rendered, 'Workflow debian on a machine that is made up: 5 actions')
  t.match(rendered, /contents: stable http:\/\/192\.0\.2\.1:8080 {2}\(line 21, \.site\.server is a stand-in\)/)
  t.match(JSON.parse(await eims('workflows', 'check', file, ...param, '--json')), {
    node: null,
    workflows: [{ name: 'debian', report: 'none', sources: { 'step-3': { line: 8 } } }],
  })
  t.strictSame(asked, [])
})

await t.test('its mistakes are told without one, at their place', async (t) => {
  const { asked, eims, file, put } = await opened(t)
  t.match(await refusalOf(eims('workflows', 'check', file)), { exitCode: 1, lines: [/:21:\d+: .*there is no channel/] })
  put(template('etc/rack'))
  const wrong = await refusalOf(eims('workflows', 'render', file, '--param', 'channel=x'))
  t.match(wrong.lines.join('\n'), /:20:22 \S+DEST_PATH: DEST_PATH must be /)
  t.strictSame(asked, [])
})

await t.test('what a server would not take is not taken here, either', async (t) => {
  const { eims, file, put } = await opened(t)
  const refused = await refusalOf(eims('workflows', 'check', file, '--param', 'a b=x'))
  t.match(refused, { exitCode: 2, lines: [/^--param a b /] })
  put('x'.repeat(256 * 1024 + 1))
  const tooLong = await refusalOf(eims('workflows', 'check', file))
  t.match(tooLong, { exitCode: 2, lines: [/has more than 262144 bytes$/] })
})

await t.test('with a node the server is asked', async (t) => {
  const { asked, eims, file } = await opened(t)
  await eims('workflows', 'check', file, '--node', 'unit-1')
  await eims('workflows', 'render', file, '--node', 'unit-1', '--param', 'channel=x')
  t.match(asked, [
    ['POST /api/v1/workflows/check', { node: 'unit-1' }],
    ['POST /api/v1/workflows/check', { node: 'unit-1', params: { channel: 'x' } }],
  ])
})

await t.test('nor by the command itself, where no server is known', async (t) => {
  const home = t.testdir({ 'debian.yaml': template() })
  const main = join(import.meta.dirname, '../src/main.ts')
  for (const verb of ['check', 'render']) {
    const words = ['workflows', verb, join(home, 'debian.yaml'), '--param', 'channel=stable']
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], { env: { HOME: home }, encoding: 'utf8' })
    t.strictSame({ status, stderr }, { status: 0, stderr: '' }, verb)
  }
})
