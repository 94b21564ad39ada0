import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeBootFiles } from '../up/boot-files.ts'
import { placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'

/** The launcher has installed everything when this runs; what is left are the boot files. */
export const prepare: Verb = {
  name: 'prepare',
  summary: 'install and build what up needs, and start nothing',
  help: `usage: ./eims prepare [--firmware DIR]

Does everything of up that needs the package registries: installs npm's and Debian's packages and builds the
Micro-OS. After it, ./eims up starts without any network but the bench LAN's own.

  --firmware DIR    files that drivers ask for, laid out as /lib/firmware; they go into the Micro-OS
`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: { firmware: { type: 'string' } } })
    const firmwareDir = values.firmware ? resolve(values.firmware) : undefined
    makeBootFiles({ ...placesOf(env), firmwareDir })
    process.stdout.write('everything is here; start the service with: sudo ./eims up\n')
  },
}
