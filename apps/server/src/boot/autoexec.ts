import { askEveryNic, becomeAnother, type Site } from '@eims/contracts'
import { urlFor } from '../urls.ts'
import { script, withQuery } from './script-text.ts'

/** `userClass` marks the DHCP requests that follow as ours, e.g. `Tinkerbell`. */
type Autoexec = { userClass: string } & (
  | {
      /** e.g. `http://192.168.77.1:7480/boot.ipxe` */
      bootUrl: string
      /** while the site boots over HTTPS: where it is reported, by plain HTTP, that this failed */
      failedUrl?: string
    }
  | {
      /** whose TFTP has the iPXE to become, which then finds its script itself */
      becomeFrom: string
    }
)

/**
 * What autoexec.ipxe is made of for machines that reached us under `base` by plain HTTP: over HTTPS while the site boots
 * so, at the same address. A script of another server's goes before ours.
 *
 * iPXE learns the CA's fingerprint at its start from the firmware's PXE packets, and UEFI HTTP boot leaves none. Such
 * an iPXE is answered by DHCP itself and chains to another one by TFTP, to which it passes its packets on, as firmware
 * does (seen with OVMF and 1.21.1+git20250501).
 */
export function autoexecFor(
  { scriptUrl, userClass, https }: Pick<Site, 'scriptUrl' | 'userClass' | 'https'>,
  { base, httpsPort, loadedBy }: { base: string; httpsPort: number; loadedBy: 'tftp' | 'http' },
): Autoexec {
  if (scriptUrl) return { bootUrl: scriptUrl, userClass }
  if (!https) return { bootUrl: urlFor(base, '/boot.ipxe'), userClass }
  if (loadedBy === 'http') return { becomeFrom: new URL(base).hostname, userClass }
  const secure = new URL(base)
  secure.protocol = 'https:'
  secure.port = String(httpsPort)
  const bootUrl = urlFor(secure.href, '/boot.ipxe')
  return { bootUrl, failedUrl: urlFor(base, '/boot/failed'), userClass }
}

/**
 * autoexec.ipxe on TFTP: current iPXE on UEFI asks for it beside its own binary and runs it before any DHCP.
 *
 * Over HTTPS the machine may reach the server and yet not trust it. Then it says so by plain HTTP, where the server is
 * known to answer, and gives up after three attempts: asking longer changes no certificate.
 */
export function autoexecScript(to: Autoexec): string {
  const failedUrl = 'bootUrl' in to ? to.failedUrl : undefined
  return script(
    `set user-class ${to.userClass}`,
    ...(failedUrl ? ['set untrusted:int32 0'] : []),
    ...askEveryNic([
      ...('bootUrl' in to ? [`chain --replace --autofree ${to.bootUrl} ||`] : becomeAnother(to.becomeFrom)),
      ...(failedUrl ? countUntrusted(failedUrl) : []),
    ]),
    ...(failedUrl
      ? [':untrusted', 'echo eims: HTTPS failed three times, going on to the next boot device', 'exit 1']
      : []),
    ':over',
    'echo eims: no server found, going on to the next boot device',
    'exit 1',
  )
}

/** Only a failure that the server could be told of counts: one that does not answer at all may be starting. */
function countUntrusted(failedUrl: string): string[] {
  const url = withQuery(failedUrl, 'mac=${netX/mac:hexhyp}')
  return [
    'set error ${errno:hexraw}',
    `imgfetch --name failed ${withQuery(url, 'stage=tls&errno=${error}')} || goto next-nic`,
    'imgfree failed ||',
    'echo eims: the server is there, but HTTPS to it failed (https://ipxe.org/${error}): its certificate is not trusted',
    'echo eims: or does not name its address, or the clock of this machine is wrong: ${unixtime:int32} s since 1970',
    'inc untrusted',
    'iseq ${untrusted} 3 && goto untrusted ||',
  ]
}
