type Because<Code extends string, Slots = Record<never, never>> = {
  readonly code: Code
  readonly slots: Readonly<Slots>
}

/** Why a transfer ended as it did. Block 0 is the OACK. */
export type EndReason =
  | Because<'tftp-client-error', { number: number; text: string }>
  | Because<'tftp-no-ack', { block: number; last: number }>
  | Because<'tftp-too-long', { seconds: number }>
  | Because<'tftp-unreadable', { text: string }>
  | Because<'tftp-gave-way', { transfers: number; of: 'server' | 'client' }>
  | Because<'tftp-last-ack-missing' | 'tftp-asked-anew' | 'tftp-stopping'>

/** Why a requested name is none. */
export type NameFault = 'not-ascii' | 'too-long' | 'leaves-folder' | 'empty'
export type BadName = Because<'tftp-name', { fault: NameFault }>
export type BadOption = Because<'tftp-option', { option: string }>

/** Why nothing was sent. */
type RefusalReason =
  | Because<'tftp-not-found' | 'tftp-read-only'>
  | Because<'tftp-mode', { mode: string }>
  | Because<'tftp-not-opened' | 'tftp-no-socket', { text: string }>
  | Because<'tftp-busy', { transfers: number; of: 'server' | 'client' }>
  | BadName
  | BadOption

/** A reason of whoever uses this package: a code, and what its sentence is filled from. */
export type AnyReason = { readonly code: string; readonly slots: Readonly<Record<string, unknown>> }

/** Why something came of a request: data, of which the caller makes a sentence. `R`: what its `open` refuses with. */
export type TftpReason<R = AnyReason> = R | EndReason | RefusalReason
