import { bytes } from './figures.ts'
import type { AnyReason, SlotsOf } from './reason.ts'
import type { diskReasons } from './reason-disk.ts'
import { secureBootWordsGerman } from './reason-secure-boot-words-german.ts'

const eraseFaults: Record<SlotsOf<'disk-cannot-erase'>['tried'][number]['fault'], string> = {
  'not-supported': 'kann der Datenträger nicht',
  frozen: 'hat die Firmware gesperrt, bis das Gerät oder der Datenträger stromlos war',
  locked: 'ist mit einem Passwort gesperrt, das hier niemand kennt',
  'not-alone': 'würde auch andere Datenträger (Namespaces) desselben Controllers löschen',
  refused: 'hat der Datenträger verweigert',
  'not-blank': 'ließ etwas Lesbares zurück',
}

/** Sentences of reason-disk.ts, in German; part of reason-words-german.ts. */
export const diskWordsGerman: {
  readonly [C in keyof typeof diskReasons | 'secure-boot-refuses']: (
    slots: SlotsOf<C>,
    say: (reason: AnyReason) => string,
  ) => string
} = {
  ...secureBootWordsGerman,
  'secure-boot-differs': ({ expected, has }) => {
    if (expected === 'off')
      return 'Secure Boot ist an, und dieses System kann damit nicht starten: im Firmware-Setup ausschalten, dann wiederholen'
    return has === 'none'
      ? 'Dieses Gerät hat kein Secure Boot: die Firmware auf UEFI stellen (kein CSM), Secure Boot einschalten, dann wiederholen'
      : 'Secure Boot ist aus: im Firmware-Setup einschalten (mit den Schlüsseln ab Werk), dann wiederholen'
  },
  'partitions-do-not-fit': ({ disk, bytes: needed, room }) =>
    `Die Partitionen brauchen ${bytes(needed)}, und ${disk} hat Platz für ${bytes(room)}; kleiner machen, oder die letzte den Rest nehmen lassen`,
  'addons-do-not-fit': ({ disk, bytes: needed, room }) =>
    `Die Addons brauchen ${bytes(needed)}, und hinter dem Abbild hat ${disk} Platz für ${bytes(room)}; eine größere Platte, ein kleineres Abbild oder weniger Addons nehmen`,
  'partition-not-in-mbr': ({ partition, fault }) =>
    `Partition ${partition} kann nicht in einem MBR sein: ${{ number: 'er hat vier, 1 bis 4', type: 'bios-boot ist ein Typ einer GPT' }[fault]}`,
  'disk-cannot-erase': ({ disk, tried }) =>
    `${disk} lässt sich nicht so löschen, wie verlangt: ${tried.map(({ method, fault, text }) => `${method} ${eraseFaults[fault]}${text ? ` (${text})` : ''}`).join('; ')}`,
  'filesystem-cannot-grow': ({ disk, partition, fsType }) =>
    `Das Dateisystem von Partition ${partition} von ${disk} lässt sich nicht vergrößern: ${fsType ?? 'nichts Bekanntes ist darauf'} (ext4, ext3, xfs und btrfs können es)`,
  'disk-not-erased': ({ disk, method, offset }) =>
    `${disk} sagt, er sei gelöscht (${method}), hat aber etwas bei Byte ${offset}; vielleicht ist er defekt, also zerstören, wenn niemand ihn lesen darf`,
  'no-kernel-found': ({ path }) =>
    path === null
      ? 'Auf dem gewählten Datenträger fand sich keine grub.cfg und kein BLS-Eintrag mit einem Kernel; der Aktion kernel, initrd und commandLine geben'
      : `Es gibt keine Datei ${path}, um das installierte System zu starten; der Aktion kernel, initrd und commandLine geben, die es gibt`,
  'kernel-args-unknown': ({ variable }) =>
    `Der Starteintrag nimmt die Argumente seines Kernels aus der GRUB-Variable ${variable}, und weder grubenv noch grub.cfg daneben setzt sie; der Aktion ihre commandLine geben`,
  'iso-takes-no-seed': () =>
    'Das Abbild ist ein ISO, das keine Partition für einen cloud-init-Seed aufnimmt; ein Datenträger- oder Cloud-Abbild nehmen, oder einen Ablauf ohne Seed',
  'no-loader-found': ({ disk }) =>
    `Auf ${disk} fand sich kein Bootloader mit einem Kernel (grub.cfg, loader/entries, EFI/Linux), darum lassen sich keine Kernel-Argumente setzen; das Abbild muss davor geschrieben werden`,
  'kernel-args-built-in': ({ file, has }) =>
    `${file} ist ein Unified Kernel Image und hat seine Argumente innen (${has}): keines davon lässt sich entfernen; ein Abbild ohne sie nehmen`,
  'addon-not-signed': ({ file }) =>
    `Secure Boot ist an, und niemand hat ${file} signiert: Die Firmware lädt es nicht, seine Kernel-Argumente gelten also nicht, bis es signiert oder Secure Boot aus ist`,
}
