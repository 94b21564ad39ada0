/*
 * Lines of iPXE scripts that the server's autoexec.ipxe and a stick's have in common.
 */

/**
 * Asks every NIC in turn, 21 rounds with 3 s between them: at least 60 s, because a switch port with spanning tree forwards
 * nothing for its first 30 to 50 s. An address on a NIC from which the server cannot be reached (a second LAN) is given
 * back and the next NIC tried. After the last round it goes to `:over`, which the caller writes.
 * @param ask what is done with an address; at its end, or by `goto next-nic`, the next NIC has its turn
 */
export function askEveryNic(ask: readonly string[]): string[] {
  return [
    'set round:int32 0',
    ':round',
    'set nic:int32 0',
    ':nic',
    'isset ${net${nic}/mac} || goto next-round',
    'dhcp net${nic} || goto next-nic',
    ...ask,
    ':next-nic',
    'ifclose net${nic} ||',
    'inc nic',
    'goto nic',
    ':next-round',
    'inc round',
    'iseq ${round} 21 && goto over ||',
    'echo eims: no address or no answer yet, asking again',
    'sleep 3 ||',
    'goto round',
  ]
}

/**
 * Becomes the iPXE that TFTP has for this processor, by the names that firmware gets there; for `askEveryNic`. When the
 * other one comes back, it has asked as long as it should, or was told to boot the disk: then the firmware has its turn.
 * @param server address or iPXE setting, e.g. `${proxydhcp/dhcp-server}`
 */
export function becomeAnother(server: string): string[] {
  return [
    'set binary snponly.efi',
    'iseq ${buildarch} arm64 && set binary ipxe-arm64.efi ||',
    `imgfetch --name another tftp://${server}/\${netX/mac:hexhyp}/\${binary} || goto next-nic`,
    'imgexec --autofree another ||',
    'exit 1',
  ]
}
