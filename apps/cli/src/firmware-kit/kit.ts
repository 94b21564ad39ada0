import { X509Certificate } from 'node:crypto'
import encodeQR from 'qr'
import { Refusal } from '../refusal.ts'

/** What the kit is made of. */
export interface KitInput {
  /** of the site */
  site: string
  /** what firmware is to fetch, e.g. `https://192.168.77.1:7443/boot/ipxe/snponly.efi` */
  url: string
  /** the CA that it is to trust for that; null: the URL is plain HTTP */
  ca: X509Certificate | null
}

/** The file that holds the others as a FAT volume. */
export const IMAGE = 'firmware-kit.img'

/** PURE: the site's CA out of what the server gave, if that is the one that the site names. @throws Refusal */
export function caOf(pem: string, fingerprint: string | null): X509Certificate {
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const [first] = parts
  if (!first || parts.length > 1)
    throw new Refusal(`the server gave ${parts.length} certificates for the site’s CA, not one; is it an eims server?`)
  const ca = new X509Certificate(first)
  if (ca.fingerprint256 !== fingerprint)
    throw new Refusal(
      `the CA that the server gave is not the site’s: its SHA-256 is ${ca.fingerprint256}, the site’s ${fingerprint}; try again, it may just have been replaced`,
    )
  return ca
}

/** PURE: the URL as a QR code of black and white blocks, for a terminal. */
export const qrText = (url: string): string => encodeQR(url, 'ascii', { border: 2 })

/** PURE: the files of the kit by name, but for the volume that holds them once more. */
export function kitFiles({ site, url, ca }: KitInput): { name: string; bytes: Uint8Array }[] {
  const text = (name: string, content: string) => ({ name, bytes: Buffer.from(content) })
  return [
    text('README.txt', readme({ site, url, ca })),
    ...(ca ? [{ name: 'eims-ca.cer', bytes: new Uint8Array(ca.raw) }] : []),
    text('boot-url.txt', `${url}\r\n`),
    text('boot-url.svg', encodeQR(url, 'svg', { border: 4 })),
  ]
}

/** Lines end as every editor and every firmware's viewer takes them. */
function readme({ site, url, ca }: KitInput): string {
  const trust = ca
    ? [
        '2. In the setup’s menu for TLS (“TLS Auth Configuration”, “HTTPS certificates”, “Server CA”) enrol eims-ca.cer',
        '   from this medium. Compare what the firmware shows, if it does, with the SHA-256 of the certificate:',
        `   ${ca.fingerprint256}`,
        `   It is good until ${new Date(ca.validTo).toISOString().slice(0, 10)}.`,
        '3. Set the clock of the machine: a certificate is good from a day on, and until one.',
      ]
    : ['2. There is nothing to enrol: this address is plain HTTP.']
  const lines = [
    `For the firmware of machines that the site “${site}” provisions.`,
    '',
    '1. In the machine’s firmware setup switch on the network stack and “HTTP Boot” (also “HTTP Boot Configuration”).',
    ...trust,
    `${ca ? 4 : 3}. Enter the boot address, as it stands in boot-url.txt; boot-url.svg has it as a QR code:`,
    `   ${url}`,
    '',
    `${IMAGE} is a FAT volume with these files. Write it to a USB stick (dd if=${IMAGE} of=/dev/sdX bs=1M conv=fsync), or`,
    'give it to a BMC as a virtual drive. The files of this folder on any stick with FAT do as well.',
    '',
    'Nothing here is secret. Secure Boot stays as it is: no key for it is here, and none is needed.',
  ]
  return lines.map((line) => `${line.replaceAll('’', "'").replaceAll(/[“”]/g, '"')}\r\n`).join('')
}
