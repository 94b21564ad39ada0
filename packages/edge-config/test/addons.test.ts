import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { ADDONS_LABEL } from '@eims/contracts'
import t from 'tap'
import { parse } from 'yaml'
import {
  chartFault,
  checkManifest,
  checkValues,
  helmChart,
  isAddonPath,
  Notes,
  placeOfAddon,
  readConfig,
  readSums,
  renderConfig,
  sumsOf,
} from '../src/index.ts'
import { context } from './support/config.ts'

function mistakes(text: string): string[] {
  const notes = new Notes()
  for (const _ of checkManifest(text, notes));
  return notes.mistakes.map(({ line, column, path, sentence }) => `${line}:${column} ${path}: ${sentence}`)
}

await t.test('every mistake of a manifest is told at its place, all at once', async (t) => {
  const good = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n'
  for (const fine of [
    good,
    `# a comment\n---\n---\n${good}---\n# nothing\n---\n${good}`,
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "system:node"}\n',
    `apiVersion: v1\nkind: List\nitems:\n- ${good.trim().replaceAll('\n', '\n  ')}\n`,
    '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}',
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    ---\n    kind\n`,
  ])
    t.strictSame(mistakes(fine), [], fine)
  t.strictSame(
    mistakes(
      `${good}---\napiVersion: v1\nkind: namespace\n---\napiVersion: v1\nkind: A\nmetadata:\n  name: [\n---\nx: 1\n`,
    ),
    [
      '5:1 : The object has no metadata.name',
      '6:7 kind: "namespace" is no kind of object',
      '12:1 : This is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      '13:1 : The object has no apiVersion',
      '13:1 : The object has no kind',
      '13:1 : The object has no metadata.name',
    ],
  )
})

await t.test('a chart whose archive has a size below nothing is read to its end', async (t) => {
  const chart = Buffer.alloc(3 * 512)
  chart.write('a/values.yaml')
  chart.write('-0000001000', 124)
  t.match(chartFault(gzipSync(chart)), /holds no Chart\.yaml/)
})

await t.test('a file goes by its name where K3s finds it', async (t) => {
  const paths = [
    'Tigera Operator.v3.29.YAML',
    'a.yml',
    'cilium-1.16.0.tgz',
    'K3s_images.tar.zst',
    'x.tar',
    'list.txt',
    'y.tar.gz',
  ]
  t.strictSame(
    paths.map((name) => placeOfAddon(name)?.path),
    [
      'manifests/tigera-operator-v3-29.yaml',
      'manifests/a.yaml',
      'manifests/cilium-1-16-0.yaml',
      'images/k3s-images.tar.zst',
      'images/x.tar',
      'images/list.txt',
      'images/y.tar.gz',
    ],
  )
  t.equal(placeOfAddon('readme.md'), null)
  for (const name of paths) t.ok(isAddonPath(placeOfAddon(name)!.path), name)
  for (const path of [
    'manifests/../x.yaml',
    'images/a b.tar',
    'manifests/a.b.yaml',
    'manifests/x.tar',
    'x.yaml',
    'images/.tar',
  ])
    t.notOk(isAddonPath(path), path)
  const sums = sumsOf([{ path: 'images/x.tar', sha256: 'ab'.repeat(32) }])
  t.strictSame(readSums(sums), new Map([['x.tar', 'ab'.repeat(32)]]))
  t.strictSame(readSums(`${'AB'.repeat(32)} *./x.tar\r\n`), new Map([['x.tar', 'ab'.repeat(32)]]))
  t.equal(readSums('docker.io/rancher/pause:3.6\n'), null, 'a list of images is none of digests')
})

await t.test('a chart becomes a HelmChart that holds it', async (t) => {
  const dir = t.testdir({ web: { 'Chart.yaml': 'name: web\n' }, other: { x: 'y' } })
  const pack = (folder: string) => execFileSync('tar', ['-cz', '-C', dir, folder])
  const bytes = pack('web')
  t.equal(chartFault(bytes), null)
  t.match(chartFault(pack('other')), /no Chart.yaml/)
  t.match(chartFault(Buffer.from('text')), /no gzip/)
  t.match(chartFault(Buffer.alloc(1024 * 1024 + 1)), /larger/)
  const values = 'replicas: 2\nhost: "no"\n'
  const text = helmChart({ name: 'web', bytes, namespace: 'apps', values })
  t.strictSame(mistakes(text), [])
  const { spec, metadata } = parse(text, { version: '1.1' })
  t.strictSame(metadata, { name: 'web', namespace: 'kube-system' })
  t.ok(Buffer.from(spec.chartContent, 'base64').equals(bytes))
  t.match(spec, { targetNamespace: 'apps', createNamespace: true, valuesContent: values })
  const told = (text: string) => {
    const notes = new Notes()
    checkValues(text, notes)
    return notes.mistakes.map(({ line, sentence }) => `${line} ${sentence}`)
  }
  t.strictSame(told(values), [])
  t.match(told('a: 1\nb: [\n'), [/^\d This is no YAML/])
  t.match(told('- a\n'), [/must be a mapping/])
})

const rendered = (text: string, addons = ['calico', 'dash']) => {
  const { config } = readConfig(text, context)
  const facts = { nodeName: 'n', nics: [], imageType: 'mutable' as const, account: null, siteProxy: null, addons }
  return renderConfig(config!, facts)
}

await t.test('a unit with K3s gets them right before K3s, into its data-dir', async (t) => {
  const file = `version: 1.0
operatingSystem:
  commands: { before: [echo first], after: [echo last] }
kubernetes:
  kind: KThreesControlPlaneTemplate
  apiVersion: controlplane.cluster.x-k8s.io/v1beta2
  spec: {template: {spec: {kthreesConfigSpec: {preK3sCommands: [echo pre], files: [
    {path: /etc/rancher/k3s/config.yaml.d/dir.yaml, content: "data-dir: /opt/k3s\\n"}]}}}}
`
  const { cloudConfig, addons, told } = rendered(file)
  t.strictSame([addons, told], [['calico', 'dash'], []])
  const commands = cloudConfig.runcmd as string[]
  t.match(commands, [
    'echo first',
    'echo pre',
    /^\(\nsets='calico dash'\ndata='\/opt\/k3s'\n/,
    /^INSTALL_K3S/,
    'echo last',
  ])
  t.match(
    (rendered('version: 1.0\noperatingSystem: {hostType: kubernetes}\n').cloudConfig.runcmd as string[])[0],
    /data='\/var\/lib\/rancher\/k3s'/,
  )
  t.notMatch(JSON.stringify(rendered(file, []).cloudConfig), /K3S-ADDONS/)
})

await t.test('a unit without K3s gets none, which is told', async (t) => {
  for (const file of [
    'version: 1.0\noperatingSystem: {}\n',
    'version: 1.0\nkubernetes: none\n',
    'version: 1.0\noperatingSystem: {hostType: container}\n',
  ]) {
    const { addons, told, cloudConfig } = rendered(file)
    t.strictSame(
      [addons, told],
      [[], ['the addons calico, dash are not put on the unit: no config-file gives it K3s']],
      file,
    )
    t.notMatch(JSON.stringify(cloudConfig), /K3S-ADDONS/)
  }
})

await t.test('its command is shell as dash and busybox take it', async (t) => {
  const [command] = rendered('version: 1.0\noperatingSystem: {hostType: kubernetes}\n').cloudConfig.runcmd as string[]
  for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']])
    execFileSync(shell[0]!, [...shell.slice(1), '-n'], { input: command })
  t.ok(command!.length < 4096, 'and no burden for a seed')
  t.match(command, `LABEL=${ADDONS_LABEL} `)
})
