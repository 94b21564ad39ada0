import { type CallInput, type ConfigChecked, ConfigLevel } from '@eims/contracts'
import { command } from '../command.ts'
import { configText, noteLines } from '../edge-config/file.ts'
import { tell } from '../edge-config/verb.ts'
import { needed } from '../needed.ts'
import { Refusal } from '../refusal.ts'
import { nodeConfigText } from './node-config.ts'

const level = {
  type: 'string',
  oneOf: ConfigLevel.options,
  value: 'LEVEL',
  says: 'whose it is to be: site, batch, profile or node',
} as const

const preview = command({
  name: 'config preview',
  summary: 'what a config-file would come to on a node, before it is stored',
  words: { usage: 'FILE', what: 'config-file', least: 1, most: 1 },
  options: {
    of: level,
    name: { type: 'string', value: 'NAME', says: 'of that batch, profile or node; *** stands for its stored secrets' },
    node: { type: 'string', value: 'NODE', says: 'that it is looked at on (default: only mistakes are told)' },
  },
  about: `
The server reads it as it does when one is stored: it knows the secrets that a file names, and what the node has of others.

  ./eims config preview site.yaml --of batch --name lot-7 --node PF4ABC`,
  async run({ name: file, values, client, show }) {
    const of = ConfigLevel.safeParse(needed(values, ['of']).of)
    if (!of.success) throw new Refusal(`--of is one of ${ConfigLevel.options.join(', ')}`, 2)
    const body = { config: configText(file), level: of.data, of: values.name ?? null, node: values.node ?? null }
    const checked = await client('checkConfig', { body: body satisfies CallInput<'checkConfig'>['body'] })
    tell(noteLines(file, 'warning', checked.warnings))
    if (checked.mistakes.length > 0) {
      if (values.json) show(checked, () => '')
      throw new Refusal(`${file} has mistakes:`, 1, noteLines(file, 'mistake', checked.mistakes))
    }
    show(checked, ({ result }: ConfigChecked) => (result ? nodeConfigText(result) : `${file}: good\n`))
  },
})

const schema = command({
  name: 'config schema',
  summary: 'print the JSON Schema of config-files, for editors',
  async run({ client }) {
    process.stdout.write(`${JSON.stringify(await client('configSchema', {}), null, 2)}\n`)
  },
})

export const configPreviewVerbs = [preview, schema]
