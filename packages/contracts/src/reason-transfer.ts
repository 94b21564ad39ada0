import { z } from 'zod'

const text = z.string().max(4096)
const name = z.string().max(512)
const count = z.number()

/** Slots of the reasons why a firmware, or iPXE, did not get a file; part of reason.ts. */
export const transferReasons = {
  // TFTP
  'tftp-client-error': { number: count, text },
  /** block 0 is the OACK */
  'tftp-no-ack': { block: count, last: count },
  'tftp-last-ack-missing': {},
  'tftp-too-long': { seconds: count },
  'tftp-unreadable': { text },
  'tftp-not-opened': { text },
  'tftp-no-socket': { text },
  'tftp-asked-anew': {},
  'tftp-stopping': {},
  'tftp-gave-way': { transfers: count, of: z.enum(['server', 'client']) },
  'tftp-busy': { transfers: count, of: z.enum(['server', 'client']) },
  'tftp-not-found': {},
  'tftp-read-only': {},
  'tftp-mode': { mode: name },
  'tftp-option': { option: name },
  'tftp-name': { fault: z.enum(['not-ascii', 'too-long', 'leaves-folder', 'empty']) },
  'denied-file': { text },

  // iPXE
  'ipxe-download-failed': { stage: z.enum(['script', 'kernel', 'initrd', 'site', 'boot']), errno: name.nullable() },
  /** the kernel was sent to its last byte */
  'kernel-not-trusted': {},
  'grub-download-failed': { stage: z.enum(['script', 'kernel', 'initrd', 'site', 'boot']) },
  'ipxe-tls-failed': {
    cause: z.enum(['expired', 'other-ca', 'other-name', 'no-chain', 'untrusted', 'not-booted', 'no-answer', 'failed']),
    errno: name.nullable(),
  },

  // the Micro-OS, while it fetches its runtime
  'runtime-refused': {},
  'runtime-missing': {},
}
