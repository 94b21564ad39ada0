import type { SlotsOf } from './reason.ts'

/*
 * What the values of slots are called, in German: the small tables that the sentences of reason-words-german.ts are made with.
 */

export const tlsCauses: Record<SlotsOf<'ipxe-tls-failed'>['cause'], string> = {
  expired: 'das Zertifikat des Servers ist abgelaufen, oder nach der Uhr des Geräts noch nicht gültig',
  'other-ca': 'das Zertifikat des Servers ist von einer CA, der das Gerät nicht trauen soll',
  'other-name': 'das Zertifikat des Servers nennt nicht die Adresse, die das Gerät rief',
  'no-chain': 'kein Zertifikat des Servers führt zu einer CA, der das Gerät trauen soll',
  untrusted: 'dem Zertifikat des Servers wird nicht getraut',
  'not-booted':
    'das iPXE, zu dem der HTTP-Start führt, konnte nicht über TLS starten; die Zeilen darüber auf dem Bildschirm sagen, warum',
  'no-answer': 'der TLS-Port des Servers antwortet nicht',
  failed: 'die TLS-Verbindung scheiterte',
}

export const httpsOnlyClients: Record<SlotsOf<'https-only'>['client'], string> = {
  'plain-http': 'und dieses Gerät kam mit HTTP (seine Firmware oder sein iPXE kann vielleicht kein HTTPS)',
  'ipxe-without-https': 'und dieses iPXE hat keines',
  'ipxe-without-ca': 'und dieses iPXE kann seine CA nicht kennen',
  bios: 'und kein iPXE für BIOS kennt seine CA',
}

export const finishes: Record<SlotsOf<'finished'>['finish'], string> = {
  reboot: 'ist eingerichtet',
  poweroff: 'ist fertig (poweroff)',
  hold: 'ist fertig (hold)',
}

const clashes: Record<SlotsOf<'other-disk-clashes'>['names'][number]['kind'], string> = {
  label: 'Bezeichnung',
  uuid: 'UUID des Dateisystems',
  partition: 'GUID der Partition',
  'partition-label': 'Bezeichnung der Partition',
  disk: 'Kennung des Datenträgers',
}

export function namesOnDisk(names: SlotsOf<'other-disk-clashes'>['names']): string {
  const first = names.slice(0, 4).map(({ kind, value }) => `${clashes[kind]} ${value}`)
  return first.join(', ') + (names.length > 4 ? ` und ${names.length - 4} mehr` : '')
}

export const clashRemedies: Record<SlotsOf<'other-disk-clashes'>['cannot'], string> = {
  'not-allowed': 'herausnehmen, löschen, oder das Überschreiben erlauben',
  'not-written': 'er ist wechselbar oder schreibgeschützt; herausnehmen',
  shared:
    'er hat noch andere Partitionen, darum bleibt seine Tabelle; herausnehmen, oder neue GUIDs (sgdisk -G) und Bezeichnungen geben',
  container: 'er ist LUKS oder LVM, das nicht zerlegt wird; herausnehmen oder löschen',
}

export const gptFaults: Record<NonNullable<SlotsOf<'gpt-damaged'>['backup']>, string> = {
  'no-header': 'wo ein Kopf hingehört, ist keiner',
  'of-another-table': 'sie gehört zu einer anderen Tabelle',
  'header-size': 'ihr Kopf nennt eine Länge, die kein Kopf hat',
  entries: 'Zahl oder Größe ihrer Einträge hat keine Tabelle',
  'header-checksum': 'die Prüfsumme ihres Kopfs stimmt nicht',
  'entries-checksum': 'die Prüfsumme ihrer Einträge stimmt nicht',
  'beyond-disk': 'ihre Einträge liegen hinter dem Ende des Datenträgers',
}

export const tableFaults: Record<SlotsOf<'image-table-damaged'>['fault'], string> = {
  'header-checksum': 'die Prüfsumme ihres Kopfs stimmt nicht',
  'entries-checksum': 'die Prüfsumme ihrer Einträge stimmt nicht',
  'beyond-image': 'eine Partition endet hinter dem Abbild',
  reversed: 'eine Partition endet, bevor sie beginnt',
  overlap: 'zwei Partitionen überlappen sich',
  'backup-missing': 'die Kopie der GPT steht nicht an ihrem Ende',
}

export const architectureFaults: Record<SlotsOf<'architecture-not-served'>['fault'], string> = {
  deprecated: 'ist von der IANA aufgegeben und hat kein heutiges iPXE',
  'no-micro-os': 'hat hier kein Micro-OS',
  '32-bit': 'ist 32-Bit-Firmware, die 64-Bit-Programme nicht laden kann',
  'for-http-boot': 'ist für den HTTP-Start, und es fragt nach PXE',
  unknown: 'ist unbekannt',
}

export const fileNameFaults: Record<SlotsOf<'tftp-name'>['fault'], string> = {
  'not-ascii': 'hat Bytes, die kein druckbares ASCII sind',
  'too-long': 'ist länger als 255 Bytes',
  'leaves-folder': 'verlässt seinen Ordner (..)',
  empty: 'ist leer',
}

export const imageFormats: Record<SlotsOf<'image-format'>['format'], string> = {
  vhd: 'ein VHD-Abbild',
  vhdx: 'ein VHDX-Abbild',
  vmdk: 'ein VMDK-Abbild',
  vdi: 'ein VDI-Abbild',
  iso: 'ein ISO-9660-Installationsmedium, kein Datenträger',
  bz2: 'eine bzip2-Datei',
  lz4: 'eine LZ4-Datei',
  zip: 'ein zip-Archiv',
  '7z': 'ein 7z-Archiv',
  tar: 'ein tar-Archiv',
  ova: 'ein OVA (ein tar-Archiv einer virtuellen Maschine)',
}
