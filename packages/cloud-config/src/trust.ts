import type { OsType } from '@eims/contracts'

/** Where Debian's update-ca-certificates and Fedora's update-ca-trust look for what an administrator trusts. */
const DEBIAN = '/usr/local/share/ca-certificates'
const ANCHORS = '/etc/pki/ca-trust/source/anchors'

/** PURE: the certificates of a text in PEM, each by itself; what stands between them is for people. */
export const certificatesIn = (pem: string): string[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((each) => `${each}\n`)

/**
 * PURE: the part of a cloud-config that makes the OS trust authorities. On a mutable OS by cloud-init's own module, which is done
 * before any service asks for them. Before 23.1 it writes all into one file, of which Debian's update-ca-certificates makes no link
 * that OpenSSL finds: so each lies in a file of its own besides, written before the module calls that. On an immutable one that
 * module would write below /usr and fail the first boot, if it knows the OS at all: there they go where Fedora's kind of OS keeps an
 * administrator's, and its tool is called before the other commands.
 * @param certificates each in PEM
 * @param as what their files are called, and how a person calls them
 */
export function trustConfig(
  certificates: readonly string[],
  imageType: OsType,
  { file, field }: { file: string; field: string },
) {
  if (certificates.length === 0) return {}
  const filesIn = (folder: string, end: string) =>
    certificates.map((content, index) => ({ path: `${folder}/${file}-${index + 1}.${end}`, content }))
  if (imageType === 'mutable') return { ca_certs: { trusted: [...certificates] }, write_files: filesIn(DEBIAN, 'crt') }
  return {
    write_files: filesIn(ANCHORS, 'pem'),
    runcmd: [
      `update-ca-trust extract && systemctl try-restart containerd.service docker.service || echo "the OS does not trust the CAs of ${field}" >&2`,
    ],
  }
}

/** PURE: what a person is told of authorities of an immutable OS. */
export const trustDoubt = (field: string): string =>
  `${field} is done where the image has update-ca-trust and keeps /etc/pki`
