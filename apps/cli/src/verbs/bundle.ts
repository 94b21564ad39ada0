import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bytes } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import { makeBootFiles } from '../up/boot-files.ts'
import { artifactsOf, placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'

export const bundle: Verb = {
  name: 'bundle',
  summary: 'pack everything that up needs into one file, for a server without a network',
  help: `usage: ./eims bundle OUT.tar [--architecture x86_64|arm64]... [--firmware DIR]

Holds Node, the npm packages, the Micro-OS, iPXE, what boot media are written by, and the Debian packages for a server with
the processor and the Debian release of this machine. Over there, as root:

  tar -xf OUT.tar -C /opt && /opt/eims-VERSION/eims up --interface IF

  --architecture A  the Micro-OS for arm64 machines too; may be repeated
  --firmware DIR    files that drivers ask for, laid out as /lib/firmware; they go into the Micro-OS
`,
  async run(argv, env) {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { architecture: { type: 'string', multiple: true }, firmware: { type: 'string' } },
    })
    const [file] = positionals
    if (file === undefined || positionals.length > 1)
      throw new Refusal('give exactly one file to write; see ./eims bundle --help', 2)
    const out = resolve(file)
    if (existsSync(out)) throw new Refusal(`${out} is there already; give a new name`)
    if (!existsSync(dirname(out))) throw new Refusal(`there is no folder ${dirname(out)}`)
    const { root, cacheDir } = placesOf(env)
    if (artifactsOf({ root, cacheDir }).bundled)
      throw new Refusal('this is a bundle itself; copy the file that it came in, or make one from a checkout')
    const firmwareDir = values.firmware ? resolve(values.firmware) : undefined
    const artifacts = makeBootFiles({ root, cacheDir, architectures: values.architecture, firmwareDir })
    const places = ['--root', root, '--artifacts', artifacts, '--cache', cacheDir, '--out', out]
    const { status } = spawnSync(process.execPath, [join(root, 'deploy/bundle/make.ts'), ...places], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (status !== 0) throw new Refusal('there is no bundle')
    process.stdout.write(`${out}: ${bytes(statSync(out).size)}; unpack it below /opt and start it with: ./eims up\n`)
  },
}
