import type { SlotsOf } from './reason.ts'
import type { configReasons } from './reason-config.ts'

/** Sentences of reason-config.ts, in German; part of reason-words-german.ts. */
export const configWordsGerman: { readonly [C in keyof typeof configReasons]: (slots: SlotsOf<C>) => string } = {
  'config-unreadable': ({ level, name, places }) =>
    `die Konfigurationsdatei von ${level} ${name} ist für diese Version nicht lesbar (${places}); neu setzen`,
  'secret-missing': ({ level, name, secret, key }) =>
    `die Konfigurationsdatei von ${level} ${name} nennt das Geheimnis ${secret}/${key}, das es nicht mehr gibt; setzen mit: eims secrets set ${secret} ${key}=@DATEI`,
  'config-unfit': ({ profile, image, needs }) =>
    needs === 'k3s'
      ? `die Konfigurationsdateien richten K3s ein, und Abbild ${image} von Profil ${profile} hat keines, das installiert werden könnte`
      : `die Konfigurationsdateien haben operatingSystem.installer, der das System ändert, und Abbild ${image} von Profil ${profile} ist unveränderlich`,
}
