import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BootFileName } from '@eims/contracts'
import { writeFatVolume } from '../boot-media/fat-volume.ts'
import { type MediaTools, mediaTools } from '../boot-media/tools.ts'
import { command, one } from '../command.ts'
import type { Server } from '../connection.ts'
import { bootUrl } from '../firmware-kit/boot-url.ts'
import { caOf, IMAGE, kitFiles, qrText } from '../firmware-kit/kit.ts'
import { Refusal } from '../refusal.ts'
import { placesOf } from '../up/places.ts'

/** Of the volume; any will do. */
const SERIAL = 'e1350003'

export const firmwareKit = command({
  name: 'site firmware-kit',
  summary: 'write what firmware needs to boot over HTTPS: the site’s CA, the boot address, and a FAT image with both',
  usage: 'OUT [OPTIONS]',
  words: one('folder', 'the folder to write to; it is made, or it is empty'),
  options: {
    interface: {
      type: 'string',
      value: 'IF',
      says: 'of the server that is asked (default: the first that machines reach)',
    },
    'boot-file': {
      type: 'string',
      value: 'NAME',
      says: 'what firmware is to fetch: snponly.efi (default), ipxe-arm64.efi, shimx64.efi where Secure Boot is on',
    },
    'https-port': {
      type: 'string',
      value: 'N',
      says: 'TCP port of the machines’ HTTPS, as up was told (default 7443)',
    },
    plain: { type: 'boolean', says: 'the address by plain HTTP, and no CA' },
    force: { type: 'boolean', says: 'write over what an earlier kit left in OUT' },
  },
  about: `
OUT gets README.txt, eims-ca.cer (DER), boot-url.txt, boot-url.svg (a QR code) and ${IMAGE}, a FAT volume with the
other files, for a USB stick or a BMC's virtual drive. Nothing of it is secret. Firmware menus take the CA as the .cer.
`,
  async run({ name, values, client, env, server, show }) {
    const file = BootFileName.safeParse(values['boot-file'] ?? 'snponly.efi')
    if (!file.success) throw new Refusal(`--boot-file ${file.error.issues[0]?.message}`, 2)
    const httpsPort = Number(values['https-port'] ?? 7443)
    if (!Number.isInteger(httpsPort) || httpsPort < 1 || httpsPort > 65_535)
      throw new Refusal(`--https-port must be a number from 1 to 65535, not "${values['https-port']}"`, 2)
    const out = resolve(name)
    const [site, { interfaces }] = await Promise.all([client('getSite', {}), client('counters', {})])
    const url = bootUrl(site, interfaces, {
      interface: values.interface,
      file: file.data,
      httpsPort,
      plain: values.plain === true,
    })
    const ca = url.startsWith('https:') ? caOf(await caText(server), site.caFingerprint) : null
    const files = kitFiles({ site: site.name, url, ca })
    await write(out, files, values.force === true, () => mediaTools(placesOf(env)))
    const kit = {
      folder: out,
      url,
      caFingerprint: ca?.fingerprint256 ?? null,
      files: [...files.map((each) => each.name), IMAGE],
    }
    show(kit, ({ folder, files: names }) =>
      [
        qrText(url),
        `address      ${url}`,
        `CA, SHA-256  ${kit.caFingerprint ?? 'none is needed for plain HTTP'}`,
        `${folder}: ${names.join(', ')}\n`,
      ].join('\n'),
    )
  },
})

/** The site's CA, which the server gives to anybody. */
async function caText({ url }: Server): Promise<string> {
  const response = await fetch(new URL('/ca.crt', url))
  const text = await response.text()
  if (!response.ok) throw new Refusal(`the server has no CA: it answered ${response.status} to GET /ca.crt`)
  return text
}

/** Everything is whole before it is in its place. @throws Refusal where that would take the place of something */
async function write(
  out: string,
  files: ReturnType<typeof kitFiles>,
  force: boolean,
  tools: () => MediaTools,
): Promise<void> {
  const there = statSync(out, { throwIfNoEntry: false })
  if (there && !there.isDirectory()) throw new Refusal(`${out} is a file; give a folder`, 2)
  if (!existsSync(dirname(out))) throw new Refusal(`there is no folder ${dirname(out)}`, 2)
  if (there && !force && (await readdir(out)).length > 0)
    throw new Refusal(`${out} is not empty; give another folder, or --force to write over the files of a kit`, 2)
  const work = await mkdtemp(join(dirname(out), '.eims-firmware-kit-'))
  try {
    const folder = join(work, 'kit')
    await mkdir(folder)
    for (const { name, bytes } of files) await writeFile(join(folder, name), bytes)
    const image = join(work, IMAGE)
    await writeFatVolume({ folder, out: image, serial: SERIAL, tools: tools() })
    await mkdir(out, { recursive: true })
    for (const { name } of files) await rename(join(folder, name), join(out, name))
    await rename(image, join(out, IMAGE))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
