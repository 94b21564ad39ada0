import type { SecureBootWords } from './reason-secure-boot-words.ts'

/** Sentences of reason-secure-boot.ts, in German; part of reason-disk-words-german.ts. */
export const secureBootWordsGerman: SecureBootWords = {
  'secure-boot-demanded': ({ profile, has }) =>
    `Profil ${profile} ist für Geräte mit Secure Boot, und ${
      {
        off: 'hier ist es aus: im Firmware-Setup einschalten',
        setup:
          'hier sind keine Schlüssel eingetragen (Setup-Modus): im Firmware-Setup die Schlüssel ab Werk herstellen und Secure Boot einschalten',
        none: 'dieses hat keines: die Firmware auf UEFI stellen (kein CSM) und Secure Boot einschalten',
      }[has]
    }, oder ein Profil mit --security-feature none nehmen; geschrieben wurde nichts`,
  'secure-boot-refuses': ({ image, profile, why }, say) =>
    `Secure Boot dieses Geräts würde Abbild ${image} von Profil ${profile} nicht starten, darum wurde nichts geschrieben: ${say(why)}`,
  'loader-not-signed': ({ loader }) =>
    `Niemand hat den Bootloader ${loader} des Abbilds signiert, und Firmware mit Secure Boot startet ihn nicht; ein Abbild mit signiertem Shim nehmen, wie Distributionen sie haben, oder Secure Boot im Firmware-Setup ausschalten`,
  'loader-changed': ({ loader }) =>
    `Der Bootloader ${loader} des Abbilds ist nicht der, der signiert wurde: Er wurde geändert oder beschädigt, und Firmware mit Secure Boot startet ihn nicht; das Abbild neu bauen oder holen`,
  'loader-not-trusted': ({ loader, signers, trusted }) =>
    `Den Bootloader ${loader} des Abbilds hat ${signers.join(', ') || 'eine CA ohne Namen'} signiert, und die Firmware des Geräts vertraut ${trusted.join(', ') || 'niemandem'}; ein Abbild nehmen, dessen Shim von dort signiert ist, oder die CA im Firmware-Setup eintragen`,
  'loader-signed-2011-only': ({ loader }) =>
    `Den Bootloader ${loader} hat nur Microsofts UEFI-CA von 2011 signiert: Neue Firmware, die nur die CAs von 2023 hat, startet ihn mit Secure Boot nicht; ein Abbild mit neuerem Shim nehmen, den beide signiert haben, etwa Debians 16.1`,
}
