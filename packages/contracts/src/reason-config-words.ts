import type { SlotsOf } from './reason.ts'
import type { configReasons } from './reason-config.ts'

/** Sentences of reason-config.ts, in English; part of reason-words.ts. */
export const configWords: { readonly [C in keyof typeof configReasons]: (slots: SlotsOf<C>) => string } = {
  'config-unreadable': ({ level, name: of, places }) =>
    `the config-file of the ${level} ${of} cannot be read by this version (${places}); set it anew`,
  'secret-missing': ({ level, name: of, secret, key }) =>
    `the config-file of the ${level} ${of} names the secret ${secret}/${key}, which is no more; set it (eims secrets set ${secret} ${key}=@FILE)`,
  'config-unfit': ({ profile, image, needs }) =>
    needs === 'k3s'
      ? `the config-files set up K3s, and image ${image} of profile ${profile} has none that could be installed`
      : `the config-files have operatingSystem.installer, which changes the OS, and image ${image} of profile ${profile} is immutable`,
}
