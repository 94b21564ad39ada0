import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  AddonNames,
  ConfigLevel,
  configStart,
  counted,
  K3sSaid,
  knownK3s,
  NodeName,
  OsType,
  withRemedy,
} from '@eims/contracts'
import {
  cloudConfigText,
  type Facts,
  type ReadConfig,
  type Rendered,
  type Resolve,
  renderConfig,
  unmetBy,
} from '@eims/edge-config'
import { stringify } from 'yaml'
import { noteLines, readFileConfig, writeNew } from '../edge-config/file.ts'
import { helpOf, json, oneFile, tell } from '../edge-config/verb.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import { givenSecrets, secretFlag } from '../secret-values.ts'
import { placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'
import { configConvert } from './config-convert.ts'
import { configPreviewVerbs } from './config-preview.ts'

const validateFlags = {
  of: {
    type: 'string',
    oneOf: ConfigLevel.options,
    value: 'LEVEL',
    says: 'whose it is to be: site, batch, profile or node; an address of its own only a node has (default: not asked)',
  },
  ...secretFlag,
  ...json,
} as const

const validate: Verb = {
  name: 'config validate',
  summary: 'check config-files of edge nodes, without a server',
  help: helpOf(
    'config validate FILE... [OPTIONS]',
    `
Reads config-files (YAML) as the server does when they are stored, and tells every mistake with its line and
column. It ends with 1 when there is one. Warnings are of what is read otherwise than it stands there, does
nothing, or is for the server to know: the secrets that a file names, unless --secret says what they hold.`,
    validateFlags,
  ),
  values: { of: ConfigLevel.options },
  async run(argv) {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: validateFlags })
    const of = ConfigLevel.optional().safeParse(values.of)
    if (!of.success) throw new Refusal(`--of is one of ${ConfigLevel.options.join(', ')}`, 2)
    if (positionals.length === 0) throw new Refusal('give at least one config-file; see --help', 2)
    const context = {
      resolve: givenSecrets(values.secret),
      ...(of.data === undefined ? {} : { of: of.data === 'node' ? ('node' as const) : ('many' as const) }),
    }
    const read = positionals.map((file) => ({ file, ...readFileConfig(file, context) }))
    print(
      read.map(({ file, mistakes, warnings }) => ({ file, mistakes, warnings })),
      values.json,
      () => read.map(outcome).join(''),
    )
    const wrong = read.filter(({ config }) => !config)
    if (wrong.length > 0) throw new Refusal(`${counted(wrong.length, 'file')} with mistakes`, 1)
  },
}

function outcome({ file, config, mistakes, warnings }: ReadConfig & { file: string }): string {
  const lines = [...noteLines(file, 'mistake', mistakes), ...noteLines(file, 'warning', warnings)]
  return [...lines, ...(config ? [`${file}: good`] : [])].map((line) => `${line}\n`).join('')
}

const PARTS = ['cloud-config', 'network-config'] as const
const renderFlags = {
  'image-type': {
    type: 'string',
    oneOf: OsType.options,
    value: 'TYPE',
    says: 'of the OS: mutable (default) or immutable, which cannot have everything',
  },
  'image-k3s-version': {
    type: 'string',
    value: 'V|none',
    says: 'the K3s in the image, such as v1.33.5+k3s1, or none (default: nobody knows)',
  },
  name: { type: 'string', value: 'NAME', says: 'the node’s name (default: node)' },
  part: { type: 'string', oneOf: PARTS, value: 'PART', says: 'cloud-config (default) or network-config' },
  addon: {
    type: 'string',
    multiple: true,
    value: 'ADDON',
    says: 'a set of addons that its profile would have',
  },
  ...secretFlag,
  ...json,
} as const

const render: Verb = {
  name: 'config render',
  summary: 'show what a config-file becomes on a unit: cloud-config, network config, commands in order',
  help: helpOf(
    'config render FILE [OPTIONS]',
    `
Prints the part of a unit's cloud-config that its config-file becomes; the server merges it with its own and
the profile's. What is not done, or cannot be on such an image, is told beside it. What secrets hold only a
server knows: say it with --secret.

  ./eims config render site.yaml --image-type immutable --image-k3s-version v1.33.5+k3s1`,
    renderFlags,
  ),
  values: { 'image-type': OsType.options, part: PARTS },
  async run(argv) {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: renderFlags })
    const file = oneFile(positionals)
    const imageType = OsType.safeParse(values['image-type'] ?? 'mutable')
    if (!imageType.success) throw new Refusal(`--image-type is one of ${OsType.options.join(', ')}`, 2)
    const name = NodeName.safeParse(values.name ?? 'node')
    if (!name.success) throw new Refusal(`--name ${name.error.issues[0]?.message ?? ''}`, 2)
    const addons = AddonNames.safeParse(values.addon ?? [])
    if (!addons.success) throw new Refusal(`--addon ${addons.error.issues[0]?.message ?? ''}`, 2)
    const part = PARTS.find((each) => each === (values.part ?? PARTS[0]))
    if (!part) throw new Refusal(`--part is one of ${PARTS.join(', ')}`, 2)
    const k3s = K3sSaid.optional().safeParse(values['image-k3s-version'])
    if (!k3s.success) throw new Refusal(`--image-k3s-version ${k3s.error.issues[0]?.message ?? ''}`, 2)
    const { has, version } = knownK3s({ facts: null, k3sVersion: k3s.data ?? null })
    const given = givenSecrets(values.secret)
    const lacking = new Set<string>()
    const resolve: Resolve = (secret, key) => {
      const found = given(secret, key)
      if (found === undefined) lacking.add(`--secret ${secret}/${key}=@FILE`)
      return found
    }
    const { config, mistakes, warnings } = readFileConfig(file, { resolve, imageVersion: version })
    if (!config) throw new Refusal(`${file} has mistakes:`, 1, noteLines(file, 'mistake', mistakes))
    if (lacking.size > 0) throw new Refusal(`${file} names secrets that a server holds; give:`, 1, [...lacking])
    const facts: Facts = {
      nodeName: name.data,
      nics: [],
      imageType: imageType.data,
      imageK3s: has,
      account: null,
      siteProxy: null,
      addons: addons.data,
    }
    const unmet = unmetBy(config, facts)
    if (unmet.length > 0) throw new Refusal(`${file} asks for what such an image has not:`, 1, unmet.map(withRemedy))
    const rendered = renderConfig(config, facts)
    print({ ...rendered, warnings }, values.json, () => '')
    if (values.json) return
    process.stdout.write(partText(rendered, part))
    tell([...noteLines(file, 'warning', warnings), ...rendered.told])
    if (rendered.addons.length > 0) tell([`addons: ${rendered.addons.join(', ')}`])
    if (rendered.kernelArguments.length > 0) tell([`kernel arguments: ${rendered.kernelArguments.join(' ')}`])
  },
}

const partText = (rendered: Rendered, part: (typeof PARTS)[number]): string =>
  part === 'cloud-config'
    ? cloudConfigText(rendered)
    : rendered.networkConfig
      ? stringify(rendered.networkConfig, { version: '1.1', lineWidth: 0 })
      : ''

const initFlags = {
  schema: {
    type: 'string',
    value: 'URL|FILE',
    says: 'where editors find the schema (default: the one beside this tool)',
  },
} as const

const init: Verb = {
  name: 'config init',
  summary: 'write a config-file to begin with',
  help: helpOf(
    'config init [FILE] [OPTIONS]',
    `
Writes a config-file with the usual fields, all as comments, to FILE or to standard output. Its first line
tells editors with the YAML language server where the schema is. docs/config-file.md has every field.`,
    initFlags,
  ),
  async run(argv, env) {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: initFlags })
    if (positionals.length > 1) throw new Refusal('give at most one file; see --help', 2)
    const schema = values.schema ?? resolve(placesOf(env).root, 'docs/config.schema.json')
    if (/\s/.test(schema)) throw new Refusal('--schema must have no spaces', 2)
    const [file] = positionals
    if (file === undefined) process.stdout.write(configStart(schema))
    else writeNew(file, configStart(schema))
  },
}

export const configVerbs = [validate, render, ...configPreviewVerbs, configConvert, init]
