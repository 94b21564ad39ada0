import { randomBytes } from 'node:crypto'
import t from 'tap'
import { type Facts, renderConfig } from '../src/index.ts'
import { configOf, told } from './support/config.ts'

// What a cluster's files take from secrets: whoever renders it knows what must be erased, and a value is quoted nowhere.

const TEMPLATE = '/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl'
const cluster = (path: string, keys = ['key']) => `version: 1.0
kubernetes:
  kind: KThreesControlPlaneTemplate
  apiVersion: controlplane.cluster.x-k8s.io/v1beta2
  spec:
    template:
      spec:
        kthreesConfigSpec:
          files:
${keys.map((key) => `            - path: ${path.replace('KEY', key)}\n              contentFrom: { secret: { name: tls, key: ${key} } }\n`).join('')}`
const facts: Facts = { nodeName: 'edge', nics: [], imageType: 'mutable', account: null, siteProxy: null }

await t.test('rendered, it tells each file of a secret, and the text of it that stands in the seed', async (t) => {
  const { fromSecrets, secrets, cloudConfig } = renderConfig(
    configOf(cluster('/etc/KEY'), { resolve: () => 'short' }),
    facts,
  )
  t.strictSame(fromSecrets, [{ path: '/etc/key', name: 'tls', key: 'key' }])
  const files = cloudConfig.write_files as { path: string; content: string; encoding?: string }[]
  const { content, encoding } = files.find(({ path }) => path === '/etc/key')!
  t.strictSame([secrets, encoding], [[content], 'gz+b64'])
  t.ok(content.length > 12, 'long enough to stand nowhere else by chance')
})

await t.test('what nobody here knows is a warning, and what is not there a mistake, each at its place', async (t) => {
  const place = '11 kubernetes.spec.template.spec.kthreesConfigSpec.files[0].contentFrom'
  t.strictSame(told(cluster('/etc/KEY')), {
    mistakes: [],
    warnings: [`${place}: The server must hold "key" of a secret "tls"`],
  })
  t.strictSame(told(cluster('/etc/KEY'), { resolve: () => null }).mistakes, [
    `${place}: There is no "key" of a secret "tls"`,
  ])
})

await t.test('what is wrong with the text of a secret is told without quoting it', async (t) => {
  const { mistakes } = told(cluster(TEMPLATE), { resolve: () => '{{ hunter2' })
  t.strictSame(mistakes.length, 1)
  t.notMatch(mistakes.join(), 'hunter2')
  const [dropIn] = told(cluster('/etc/rancher/k3s/config.yaml.d/a.yaml'), { resolve: () => '- hunter2' }).mistakes
  t.match(dropIn, /is no mapping of YAML/)
  t.notMatch(dropIn, 'hunter2')
})

await t.test('more than a seed can hold is refused', async (t) => {
  const noise = randomBytes(96 * 1024 - 8).toString('base64')
  const keys = Array.from({ length: 12 }, (_, index) => `k${index}`)
  const resolve = (_: string, key: string) => key + noise
  const { mistakes } = told(cluster('/etc/KEY', keys), { resolve })
  t.match(mistakes, [/files: The files from secrets are more than a seed can hold$/])
})
