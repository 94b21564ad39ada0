import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bytes } from '@eims/contracts'
import { writeImage } from '../boot-media/image.ts'
import { mediaScript } from '../boot-media/script.ts'
import { mediaTools } from '../boot-media/tools.ts'
import { Refusal } from '../refusal.ts'
import { makeBootFiles } from '../up/boot-files.ts'
import { artifactsOf, placesOf } from '../up/places.ts'
import type { Verb } from '../verb.ts'

/** What of iPXE goes on it; all are made by `prepare`. */
const IPXE_FILES = ['ipxe.efi', 'ipxe-arm64.efi', 'ipxe.lkrn']

const options = { server: { type: 'string' }, 'user-class': { type: 'string' } } as const

const help = (kind: Kind) => `usage: ./eims boot-media ${kind} OUT [--server URL] [--user-class NAME]

Writes ${kind === 'usb' ? 'a stick' : 'a disc'} for machines that cannot boot from the network by themselves: iPXE with its own network drivers, for UEFI
(x86-64 and arm64) and BIOS, which then goes the way that every machine goes. It holds nothing secret and fits every
machine of a site.${kind === 'usb' ? ' Write it to a stick with: dd if=OUT of=/dev/sdX bs=1M conv=fsync' : ''}

  --server URL       fetch the boot script from this server, e.g. http://192.168.77.1:7480. Without it the server is
                     found by DHCP, so that the same ${kind === 'usb' ? 'stick' : 'disc'} fits every LAN that eims serves
  --user-class NAME  as the site has it (default Tinkerbell)
`

type Kind = 'usb' | 'iso'

const bootMedia = (kind: Kind): Verb => ({
  name: `boot-media ${kind}`,
  summary: `write a ${kind === 'usb' ? 'USB stick' : 'CD'} image with iPXE, for machines that cannot PXE`,
  help: help(kind),
  async run(argv, env) {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options })
    const [name] = positionals
    if (!name || positionals.length > 1) throw new Refusal('give exactly one file to write; see --help', 2)
    const out = resolve(name)
    const there = statSync(out, { throwIfNoEntry: false })
    if (there && !there.isFile())
      throw new Refusal(`${out} is not a plain file; write the image to one, and then that to the device with dd`, 2)
    if (!existsSync(dirname(out))) throw new Refusal(`there is no folder ${dirname(out)}`, 2)
    const script = mediaScript({
      bootUrl: values.server === undefined ? null : bootUrlOf(values.server),
      userClass: userClassOf(values['user-class'] ?? 'Tinkerbell'),
      firstDisk: kind === 'usb' ? '0x81' : '0x80',
    })
    const { root, cacheDir } = placesOf(env)
    const ipxeDir = join(artifactsOf({ root, cacheDir }).artifactsDir, 'ipxe')
    if (!IPXE_FILES.every((file) => existsSync(join(ipxeDir, file))))
      makeBootFiles({ root, cacheDir, firmwareDir: undefined })
    await writeImage({ ipxeDir, script, out, tools: mediaTools({ root, cacheDir }) })
    process.stdout.write(`${out}: ${bytes(statSync(out).size)}, boots UEFI (x86-64, arm64) and BIOS machines\n`)
  },
})

/** The machines' side of a server, as `eims up` prints it; anything that could break out of a script's line is refused. */
function bootUrlOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : null
  const plain = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username
  if (!plain || /\s|\$/.test(server))
    throw new Refusal(`--server must be an address such as http://192.168.77.1:7480, not "${server}"`, 2)
  return new URL('/boot.ipxe', url).href
}

function userClassOf(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(name))
    throw new Refusal(`--user-class must be 1 to 32 letters, digits, dots, hyphens or underscores, not "${name}"`, 2)
  return name
}

export const bootMediaVerbs = [bootMedia('usb'), bootMedia('iso')]
