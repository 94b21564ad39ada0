import type { AnyReason, SlotsOf } from './reason.ts'
import type { secureBootReasons } from './reason-secure-boot.ts'

/** `say` gives the sentence of a reason inside. */
export type SecureBootWords = {
  readonly [C in keyof typeof secureBootReasons | 'secure-boot-refuses']: (
    slots: SlotsOf<C>,
    say: (reason: AnyReason) => string,
  ) => string
}

/** Sentences of reason-secure-boot.ts, in English; part of reason-disk-words.ts. */
export const secureBootWords: SecureBootWords = {
  'secure-boot-demanded': ({ profile, has }) =>
    `Profile ${profile} is for machines with Secure Boot, and ${
      {
        off: 'here it is off: turn it on in the firmware setup',
        setup:
          'here no keys are enrolled (setup mode): restore the factory keys in the firmware setup and turn Secure Boot on',
        none: 'this one has none: set its firmware to UEFI (no CSM or legacy boot) and turn Secure Boot on',
      }[has]
    }, or take a profile with --security-feature none; nothing was written`,
  'secure-boot-refuses': ({ image, profile, why }, say) =>
    `Secure Boot of this machine would not start the image ${image} of profile ${profile}, so nothing was written: ${say(why)}`,
  'loader-not-signed': ({ loader }) =>
    `Nobody signed the image's boot loader ${loader}, and firmware with Secure Boot does not start it; take an image with a signed shim, as distributions have them, or turn Secure Boot off in the firmware setup`,
  'loader-changed': ({ loader }) =>
    `The image's boot loader ${loader} is not the one that was signed: it was changed or damaged, and firmware with Secure Boot does not start it; build or fetch the image again`,
  'loader-not-trusted': ({ loader, signers, trusted }) =>
    `The image's boot loader ${loader} is signed by ${signers.join(', ') || 'a CA without a name'}, and the machine's firmware trusts ${trusted.join(', ') || 'nobody'}; take an image whose shim one of these signed, or enrol the CA in the firmware setup`,
  'loader-signed-2011-only': ({ loader }) =>
    `Only Microsoft's UEFI CA of 2011 signed the boot loader ${loader}: new firmware, which has just the CAs of 2023, does not start it with Secure Boot; take an image with a newer shim, which both signed, as Debian’s 16.1`,
}
