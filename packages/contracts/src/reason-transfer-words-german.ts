import type { SlotsOf } from './reason.ts'
import { fileNameFaults, tlsCauses } from './reason-terms-german.ts'
import type { transferReasons } from './reason-transfer.ts'

const ipxe = (errno: string | null) => (errno ? ` (https://ipxe.org/${errno})` : '')

/** Sentences of reason-transfer.ts, in German; part of reason-words-german.ts. */
export const transferWordsGerman: { readonly [C in keyof typeof transferReasons]: (slots: SlotsOf<C>) => string } = {
  'tftp-client-error': ({ number, text }) => `das Gerät schickte ERROR ${number} ${text}`.trim(),
  'tftp-no-ack': ({ block, last }) =>
    `keine Bestätigung ${block === 0 ? 'der Optionen' : `von Block ${block} von ${last}`}`,
  'tftp-last-ack-missing': () => 'das Gerät hat den letzten Block nie bestätigt',
  'tftp-too-long': ({ seconds }) => `nach ${seconds} s nicht fertig`,
  'tftp-unreadable': ({ text }) => `Lesen der Datei: ${text}`,
  'tftp-not-opened': ({ text }) => `Öffnen der Datei: ${text}`,
  'tftp-no-socket': ({ text }) => `kein Socket für die Übertragung: ${text}`,
  'tftp-asked-anew': () => 'das Gerät fragte noch einmal',
  'tftp-stopping': () => 'der Server hält an',
  'tftp-gave-way': ({ transfers, of }) =>
    `es hatte nichts bestätigt, und einer von ${transfers} Plätzen wurde gebraucht${of === 'server' ? '' : ', vom selben Gerät'}`,
  'tftp-busy': ({ transfers, of }) =>
    of === 'server' ? `${transfers} Übertragungen laufen` : `${transfers} Übertragungen zu diesem Gerät laufen`,
  'tftp-not-found': () => 'Datei nicht gefunden',
  'tftp-read-only': () => 'dieser Server nimmt keine Dateien an',
  'tftp-mode': ({ mode }) => `Modus ${mode} wird nicht bedient; octet nehmen`,
  'tftp-option': ({ option }) => `Option ${option} ist keine Dezimalzahl`,
  'tftp-name': ({ fault }) => `der Dateiname ${fileNameFaults[fault]}`,
  'denied-file': ({ text }) => `Netzstart verweigert${text ? `: ${text}` : ''}`,
  'ipxe-download-failed': ({ stage, errno }) => `iPXE konnte ${stage} nicht laden${ipxe(errno)}`,
  'kernel-not-trusted': () => 'GRUB hat den ganzen Kernel und nimmt ihn nicht: Seiner Signatur wird nicht getraut',
  'grub-download-failed': ({ stage }) => `GRUB konnte ${stage} nicht laden`,
  'ipxe-tls-failed': ({ cause, errno }) => `iPXE startet nicht über HTTPS: ${tlsCauses[cause]}${ipxe(errno)}`,
  'runtime-refused': () => 'das Micro-OS wies seine Laufzeit zurück: sie hat ein anderes SHA-256 als das erwartete',
  'runtime-missing': () => 'kein Server hat die Laufzeit des Micro-OS, das auf dem Gerät läuft; es startet neu',
}
