import { reportFailure, script, withQuery } from './script-text.ts'

export { autoexecScript } from './autoexec.ts'
export { type DecisionScriptInput, decisionScript } from './decision-script.ts'

/**
 * What a machine says of itself to GET /boot/script; `netX` is the NIC that was opened last, which it boots from. Free
 * text goes as the bytes of SMBIOS in hexadecimal: iPXE parses a URL and writes it anew, and leaves `&` and `+` as they
 * are, however they were written (`uristring`). An iPXE that knows `mac:hexhyp` knows these, too; what is not there
 * comes out empty.
 */
const WHO_AM_I = [
  'mac=${netX/mac:hexhyp}',
  'uuid=${uuid}',
  'arch=${buildarch}',
  'platform=${platform}',
  'serialHex=${serial:hexhyp}',
  'manufacturerHex=${manufacturer:hexhyp}',
  'productHex=${product:hexhyp}',
].join('&')

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
