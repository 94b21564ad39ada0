import { reportFailure, script, withQuery } from './script-text.ts'

export { type DecisionScriptInput, decisionScript } from './decision-script.ts'

/**
 * What a machine says of itself to GET /boot/script; `netX` is the NIC that was opened last, which it boots from.
 * Free text stands last: iPXE's `uristring` (seen in a ROM of 2019) leaves `&` as it is.
 */
const WHO_AM_I = [
  'mac=${netX/mac:hexhyp}',
  'uuid=${uuid}',
  'arch=${buildarch}',
  'platform=${platform}',
  'serial=${serial:uristring}',
  'manufacturer=${manufacturer:uristring}',
  'product=${product:uristring}',
].join('&')

/**
 * autoexec.ipxe on TFTP: current iPXE on UEFI asks for it beside its own binary and runs it before any DHCP.
 *
 * Every NIC is asked in turn, 21 rounds with 3 s between them: at least 60 s, because a switch port with spanning tree
 * forwards nothing for its first 30 to 50 s. An address on a NIC from which the server cannot be reached (a second LAN)
 * is given back and the next NIC tried.
 * @param bootUrl   e.g. `http://192.168.77.1:7480/boot.ipxe`
 * @param userClass marks the DHCP requests that follow as ours, e.g. `Tinkerbell`
 */
export function autoexecScript({ bootUrl, userClass }: { bootUrl: string; userClass: string }): string {
  return script(
    `set user-class ${userClass}`,
    'set round:int32 0',
    ':round',
    'set nic:int32 0',
    ':nic',
    'isset ${net${nic}/mac} || goto next-round',
    'dhcp net${nic} || goto next-nic',
    `chain --replace --autofree ${bootUrl} ||`,
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
    ':over',
    'echo eims: no server found, going on to the next boot device',
    'exit 1',
  )
}

/**
 * /boot.ipxe, the same for every machine: tell who you are, and get your own script. A server that does not answer is
 * asked 30 times, then the next boot device has its turn.
 * @param scriptUrl e.g. `http://192.168.77.1:7480/boot/script`; failures go to `failed` beside it
 */
export function bootScript({ scriptUrl }: { scriptUrl: string }): string {
  const failedUrl = withQuery(new URL('failed', scriptUrl).href, 'mac=${netX/mac:hexhyp}')
  return script(
    'set try:int32 0',
    ':ask',
    `chain --replace --autofree ${withQuery(scriptUrl, WHO_AM_I)} ||`,
    'set error ${errno:hexraw}',
    ...reportFailure(failedUrl, 'script'),
    'inc try',
    'iseq ${try} 30 && goto over ||',
    'echo eims: no boot script yet, asking again',
    'sleep 5 ||',
    'goto ask',
    ':over',
    'echo eims: the server does not answer, going on to the next boot device',
    'exit 1',
  )
}
