import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import { configSchema, readConfig, writeConfig } from '../src/index.ts'
import { context, system } from './support/config.ts'

// The published schema is the one that the reader is made of, and says the same of a file as far as a schema can.

const published = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../docs/config.schema.json'), 'utf8'),
) as object

await t.test('docs/config.schema.json is the present one', async (t) => {
  t.strictSame(published, JSON.parse(JSON.stringify(configSchema)), 'written by test/support/write-schema.ts')
})

const accepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published)

await t.test('what is read the schema accepts, in both spellings', async (t) => {
  for (const text of [
    'version: 1.0\n',
    'operatingSystem:\nkubernetes:\n',
    system(
      'users: [{username: root, password: cGFzc3dvcmQK}]\nsshKey:\nproxy: {httpProxy: http://p, noProxy: "a,b"}\n',
    ),
    system(
      'network: {address: 192.168.1.2/24, gateway: 192.168.1.1, dnsServers: 1.1.1.1}\nhugePages: 12 * 1024\nlvmSizeGb: 0\n',
    ),
    system(
      'commands: [a, [b, c]]\nservices: {enable: [x], disable: y}\nntpServers: a\nbootOrder: disk\nhostType: container\n',
    ),
    system(
      'commands: {before: [a], after: []}\nfiles: [{path: /etc/a, content: x, permissions: 0644, append: true}]\n',
    ),
    'kubernetes: {kind: KThreesControlPlaneTemplate, apiVersion: a/v1}\n',
    'kubernetes: none\n',
  ]) {
    const { config } = readConfig(text, context)
    t.ok(config && accepts(parse(text)), text)
    t.ok(config && accepts(parse(writeConfig(config))), 'as it is stored')
  }
})

await t.test('what the schema refuses is refused', async (t) => {
  for (const text of [
    'version: 2.0.0\n',
    'operatingSystems: {}\n',
    system('users: [{password: YQ==}]\n'),
    system('users: [{username: root, pasword: YQ==}]\n'),
    system('bootOrder: tape\n'),
    system('hugePages: {count: 0}\n'),
    system('ssh: {enabled: maybe}\n'),
    system('files: [{path: /etc/a, permissions: rwx}]\n'),
  ]) {
    t.notOk(accepts(parse(text)), text)
    t.equal(readConfig(text, context).config, null)
  }
})

await t.test('every field is described', async (t) => {
  const lacking: string[] = []
  const look = (schema: unknown, path: string): void => {
    const {
      properties = {},
      items,
      anyOf = [],
      description,
    } = schema as {
      properties?: Record<string, unknown>
      items?: unknown
      anyOf?: unknown[]
      description?: string
    }
    if (!description && anyOf.length === 0) lacking.push(path)
    for (const [name, of] of Object.entries(properties)) look(of, `${path}.${name}`)
    for (const of of [...anyOf, ...(items ? [items] : [])]) look(of, path)
  }
  look(published, '')
  t.strictSame(lacking, [])
})
