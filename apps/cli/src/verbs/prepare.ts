import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeBootFiles } from '../up/boot-files.ts'
import { placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'

/** The launcher has installed everything when this runs; what is left are the boot files. */
export const prepare: Verb = {
  name: 'prepare',
  summary: 'install and build what up needs, and start nothing',
  help: `usage: ./eims prepare [--architecture x86_64|arm64]... [--firmware DIR]

Does everything of up that needs the package registries: installs npm's and Debian's packages and builds the
dashboard and the Micro-OS. After it, ./eims up starts without any network but the bench LAN's own.

  --architecture A  makes the Micro-OS for arm64 machines too; may be repeated, and is remembered
  --firmware DIR    files that drivers ask for, laid out as /lib/firmware; they go into the Micro-OS
`,
  async run(argv, env) {
    const { values } = parseArgs({
      args: argv,
      options: { architecture: { type: 'string', multiple: true }, firmware: { type: 'string' } },
    })
    const firmwareDir = values.firmware ? resolve(values.firmware) : undefined
    makeBootFiles({ ...placesOf(env), architectures: values.architecture, firmwareDir })
    process.stdout.write('everything is here; start the service with: sudo ./eims up\n')
  },
}
