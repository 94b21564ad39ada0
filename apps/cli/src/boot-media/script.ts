import { askEveryNic, becomeAnother } from '@eims/contracts'

interface MediaScriptInput {
  /** where the boot script is, e.g. `http://192.168.77.1:7480/boot.ipxe`; null: as the LAN's ProxyDHCP says */
  bootUrl: string | null
  /** marks the DHCP requests as ours; as the site has it */
  userClass: string
  /** BIOS number of the machine's first disk: behind a stick that was booted from (0x80) it is 0x81 */
  firstDisk: '0x80' | '0x81'
}

/**
 * autoexec.ipxe of a stick or a disc: asks every NIC as the one from TFTP does. Without `bootUrl` the boot script's address
 * is the boot file name that the ProxyDHCP gives to our user class, else the DHCP server's.
 *
 * iPXE learns which CA to trust when it starts, from the firmware's PXE packets; started from a stick it has none. On a
 * site that boots over HTTPS the script is therefore refused, and on UEFI it chains to the iPXE on TFTP, to which it
 * passes its packets on.
 *
 * A menu stands at the end, for the person who put the stick in; it asks again by itself after a minute.
 */
export function mediaScript({ bootUrl, userClass, firstDisk }: MediaScriptInput): string {
  const script = bootUrl
    ? [`set script ${bootUrl}`]
    : [
        'set script ${proxydhcp/filename}',
        'isset ${script} || set script ${filename}',
        'isset ${script} || echo eims: an address, but nobody on this LAN names a boot script',
        'isset ${script} || goto next-nic',
      ]
  const lines = [
    '#!ipxe',
    `set user-class ${userClass}`,
    `set first-disk ${firstDisk}`,
    ':start',
    ...askEveryNic([
      ...script,
      'chain --replace --autofree ${script} ||',
      'iseq ${platform} efi || goto next-nic',
      ...becomeAnother('${proxydhcp/dhcp-server}'),
    ]),
    ':over',
    'set choice again',
    'menu eims: no server was found on any network card',
    'item again Ask again',
    'item shell Look around (iPXE shell)',
    'item next Go on to the next boot device',
    'choose --default again --timeout 60000 choice ||',
    'goto ${choice}',
    ':shell',
    'shell ||',
    ':again',
    'goto start',
    ':next',
    'exit 1',
  ]
  return `${lines.join('\n')}\n`
}
