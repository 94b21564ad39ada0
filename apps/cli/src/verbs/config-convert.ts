import { parseArgs } from 'node:util'
import { convertConfig } from '@eims/edge-config'
import { configText, crypt, noteLines, writeNew } from '../edge-config/file.ts'
import { helpOf, json, oneFile, tell } from '../edge-config/verb.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'

const convertFlags = {
  output: { type: 'string', short: 'o', value: 'FILE', says: 'write it there instead of printing it' },
  ...json,
} as const

export const configConvert: Verb = {
  name: 'config convert',
  summary: 'make a YAML config-file of a raw one (name="value" lines)',
  help: helpOf(
    'config convert OLD [-o NEW] [OPTIONS]',
    `
Takes over all that an EMT-S config-file says: proxies, key, user, host type, static address, LVM, huge pages,
time servers, services, write_files, runcmd. What is lost or means something else is told with its line, and
so is what must be mended before the new file can be used; it ends with 1 then. A password becomes a hash.
Comments are not taken over.`,
    convertFlags,
  ),
  async run(argv) {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: convertFlags })
    const file = oneFile(positionals)
    const { text, mistakes, losses } = convertConfig(configText(file), crypt)
    if (values.output !== undefined && text !== null) writeNew(values.output, text)
    print({ text, mistakes, losses }, values.json, () => '')
    if (!values.json) {
      if (values.output === undefined && text !== null) process.stdout.write(text)
      tell(noteLines(file, 'loss', losses))
    }
    if (mistakes.length > 0)
      throw new Refusal(
        text === null ? `${file} could not be read:` : 'to be mended in the new file, by their places in the old one:',
        1,
        noteLines(file, 'mistake', mistakes),
      )
  },
}
