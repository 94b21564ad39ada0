import type { SlotsOf } from './reason.ts'
import { fileNameFaults, tlsCauses } from './reason-terms.ts'
import type { transferReasons } from './reason-transfer.ts'

const ipxe = (errno: string | null) => (errno ? ` (https://ipxe.org/${errno})` : '')

/** Sentences of reason-transfer.ts, in English; part of reason-words.ts. */
export const transferWords: { readonly [C in keyof typeof transferReasons]: (slots: SlotsOf<C>) => string } = {
  'tftp-client-error': ({ number, text }) => `client sent ERROR ${number} ${text}`.trim(),
  'tftp-no-ack': ({ block, last }) =>
    `no acknowledgement of ${block === 0 ? 'the options' : `block ${block} of ${last}`}`,
  'tftp-last-ack-missing': () => 'the client never acknowledged the last block',
  'tftp-too-long': ({ seconds }) => `not done after ${seconds} s`,
  'tftp-unreadable': ({ text }) => `reading the file: ${text}`,
  'tftp-not-opened': ({ text }) => `opening the file: ${text}`,
  'tftp-no-socket': ({ text }) => `no socket for the transfer: ${text}`,
  'tftp-asked-anew': () => 'the client asked anew',
  'tftp-stopping': () => 'the server is stopping',
  'tftp-gave-way': ({ transfers, of }) =>
    `it had acknowledged nothing, and one of ${transfers} places was needed${of === 'server' ? '' : ' by the same client'}`,
  'tftp-busy': ({ transfers, of }) =>
    of === 'server' ? `${transfers} transfers are running` : `${transfers} transfers to this client are running`,
  'tftp-not-found': () => 'file not found',
  'tftp-read-only': () => 'this server is read-only',
  'tftp-mode': ({ mode }) => `mode ${mode} is not served; use octet`,
  'tftp-option': ({ option }) => `option ${option} is not a decimal number`,
  'tftp-name': ({ fault }) => `the file name ${fileNameFaults[fault]}`,
  'denied-file': ({ text }) => `network boot denied${text ? `: ${text}` : ''}`,

  'ipxe-download-failed': ({ stage, errno }) => `iPXE could not load the ${stage}${ipxe(errno)}`,
  'kernel-not-trusted': () => 'GRUB has the whole kernel and does not take it: its signature is not trusted',
  'grub-download-failed': ({ stage }) => `GRUB could not load the ${stage}`,
  'ipxe-tls-failed': ({ cause, errno }) => `iPXE refuses to boot over HTTPS: ${tlsCauses[cause]}${ipxe(errno)}`,
  'runtime-refused': () =>
    'the Micro-OS refused what it was sent as its runtime: its SHA-256 is not the one that it was built with',
  'runtime-missing': () => 'no server has the runtime of the Micro-OS that the machine runs; it starts again',
}
