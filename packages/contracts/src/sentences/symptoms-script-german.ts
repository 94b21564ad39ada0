import type { SymptomWords } from './symptom-text.ts'
import type { scriptSymptoms } from './symptoms-script.ts'

/** The rows of symptoms-script.ts in German. */
export const scriptSymptomsGerman: Record<keyof typeof scriptSymptoms, SymptomWords> = {
  elsewhere: {
    says: '{machine} wurde zu {url} geschickt, wie der Standort es sagt; was danach kommt, ist hier nicht zu sehen.',
  },
  'ipxe-no-dhcp': {
    says: 'iPXE ist gestartet, und von seinem DHCP ist nichts zu hören.',
    missing: 'das DISCOVER von iPXE',
    cause:
      'Sein Treiber setzt die Verbindung zurück, und der Switch-Port leitet dann eine Weile nichts weiter: Spanning Tree ohne Portfast, oder LACP, das auf einen Partner wartet („no configuration methods succeeded“).',
    remedy: [
      'Am Switch-Port Portfast (Edge-Port) setzen, und LACP-Fallback oder kein LACP, solange Geräte eingerichtet werden.',
      'Oder das iPXE mit dem Treiber der Firmware nehmen: ./eims nodes set {node} --boot-file snponly.efi',
    ],
  },
  'no-script': {
    says: 'iPXE wurde die Adresse {url} des Skripts genannt, und es fragte nie danach.',
    missing: 'GET des Startskripts',
    cause:
      'iPXE bekam vom DHCP-Server des LANs keine Adresse: Man hörte es keine nehmen. Oder seine Adresse erreicht diesen Server nicht (ein anderes Subnetz, ein gesperrter TCP-Port).',
    remedy: [
      'Den Bildschirm des Geräts lesen: ohne Adresse nach dem DHCP-Server des LANs sehen, mit einer nach dem, was dazwischen liegt.',
      'Im LAN versuchen: curl {url}',
    ],
  },
  'script-blocked': {
    says: 'iPXE nahm eine Adresse von {server}, ihm wurde die Adresse {url} des Skripts genannt, und über TCP kam nichts.',
    missing: 'GET des Startskripts',
    cause:
      'Eine Firewall, auf diesem Server oder dazwischen, verwirft TCP-Port {port} („Connection timed out“ auf dem Bildschirm des Geräts), oder die Adresse ist aus einem Subnetz, von dem kein Weg hierher führt.',
    remedy: [
      'TCP-Port {port} zu diesem Server durchlassen; ./eims doctor nennt eigene Regeln, die ihn verwerfen.',
      'Im LAN versuchen: curl {url}',
    ],
  },
  'tls-failed': {
    says: 'iPXE konnte den Server nicht über HTTPS erreichen: {reason}.',
    missing: 'eine TLS-Verbindung, der es traut',
    cause:
      'Das Zertifikat ist von einer anderen CA oder für einen anderen Namen, als dem Gerät gesagt wurde, oder seine Uhr geht ganz falsch.',
    remedy: [
      'Die Uhr des Geräts in seiner Firmware stellen.',
      'Den Fingerabdruck der CA in ./eims site show mit dem vergleichen, was antwortet; kein anderer Server darf für diesen antworten.',
      'Um ohne TLS weiterzumachen: ./eims site set --https off',
    ],
  },
  'script-failed': {
    says: '{reason}.',
    missing: 'das eigene Startskript des Geräts',
    cause: 'Der Server startete gerade, oder die Verbindung brach ab.',
    remedy: ['Es fragt von selbst noch einmal; geht das so weiter, das Protokoll dieses Servers ansehen.'],
  },
  'download-failed': {
    says: '{reason}.',
    missing: 'die ganze Datei',
    cause: 'Die Verbindung brach ab, oder das Gerät hat dafür zu wenig Speicher (initrd {initrd}, Speicher {memory}).',
    remedy: [
      'Die Seite, die die Meldung nennt, sagt, worauf iPXE stieß; „out of memory“ braucht mehr Speicher oder einen UEFI-Start.',
      'Das Kabel und die Fehlerzähler des Switch-Ports ansehen.',
    ],
  },
  'kernel-refused': {
    says: 'Es hat Kernel und initrd und konnte sie nicht starten: {reason}.',
    missing: 'der Start des Micro-OS',
    cause:
      'Secure Boot verweigert den Kernel, den ein eigenes iPXE gestartet hat, oder der Arbeitsspeicher ({memory}) ist zu klein.',
    remedy: [
      'Ihm Debians signierte Kette geben: ./eims site set --secure-boot on',
      'Ihm mindestens 1 GB Arbeitsspeicher geben.',
    ],
  },
  'kernel-not-trusted': {
    says: 'Es bekam den ganzen Kernel und startete ihn nicht: {reason}.',
    missing: 'der Start des Micro-OS',
    cause:
      'Secure Boot ist an, und das ist nicht der Kernel, den Debian signiert hat: Er wurde auf diesem Server oder unterwegs verändert, oder ein anderer Server gab ihn. Oder GRUB hatte keinen Platz für ihn.',
    remedy: [
      './eims doctor die Dateien des Servers mit ihren Prüfsummen vergleichen lassen. Was es nennt, entfernen; ./eims prepare legt es neu ab.',
      'Sind sie, wie sie gemacht wurden: Jemand in diesem LAN antwortet an Stelle des Servers.',
    ],
  },
  'runtime-failed': {
    says: 'Es hat das Micro-OS gestartet, dem seine Laufzeit noch fehlt: {reason}.',
    missing: 'die Laufzeit des Micro-OS',
    cause:
      'Zurückgewiesen: ein Spiegel oder etwas dazwischen verändert, was es weitergibt, oder eine Datei dieses Servers ist beschädigt. Nicht da: das Micro-OS wurde mehr als einmal neu gemacht, seit das Gerät seine initrd holte.',
    remedy: [
      'Es fragt von selbst weiter, auch die anderen Quellen, und startet neu, wenn kein Server sie hat.',
      './eims doctor sagt, ob die Dateien hier heil sind; ./eims site show nennt die Spiegel.',
    ],
  },
  'database-down': {
    says: 'Als es fragte, was es starten soll, antwortete die Datenbank dieses Servers nicht; darum wird nichts installiert.',
    cause: 'Die Datenbank war da aus oder nicht erreichbar.',
    remedy: ['Es fragt von selbst alle 15 s wieder. ./eims doctor zeigt, ob die Datenbank antwortet.'],
  },
  'disk-full': {
    says: 'Als es fragte, was es starten soll, war die Platte dieses Servers oder seiner Datenbank voll; darum wird nichts installiert.',
    cause: 'Es war kein Platz, den Beginn einer Installation festzuhalten.',
    remedy: ['Dort Platz schaffen; es fragt von selbst alle 15 s wieder. ./eims doctor zeigt, wie viel frei ist.'],
  },
  'waits-in-firmware': {
    says: 'Es wartet in seiner Firmware und fragt alle 15 s wieder: {reason}.',
    cause: 'Es gibt nichts, womit es gestartet werden könnte.',
    remedy: ['Das fehlende Micro-OS bauen (./eims prepare), oder beheben, was der Grund nennt.'],
  },
  refused: {
    says: 'Es wurde abgewiesen: {reason}.',
    cause: 'Das Register oder die Regel des Standorts will es so.',
    remedy: [
      'Es erfassen (./eims nodes add NAME --mac {mac}), oder die Regel ändern: ./eims site set --unknown hold',
      'Dann neu starten: Ein abgewiesenes Gerät geht zu seinem nächsten Startgerät weiter.',
    ],
  },
  quarantined: {
    says: 'Es ist in Quarantäne: {reason}.',
    cause: 'Was es von sich sagt, gehört zu mehreren Geräten des Registers, oder zu keinem.',
    remedy: [
      'Seriennummer, UUID und MACs auf dem Bildschirm des Geräts mit ./eims nodes show jedes Kandidaten vergleichen.',
      'Das Register berichtigen (./eims nodes delete, ./eims nodes add); das Gerät macht von selbst weiter.',
    ],
  },
  'local-disk': {
    says: '{machine} wurde zu seinem eigenen Datenträger geschickt: {reason}.',
  },
  'no-kernel': {
    says: 'Es bekam sein Skript und holt keinen Kernel.',
    missing: 'GET des Kernels',
    cause: 'Das Gerät blieb in iPXE stehen oder wurde ausgeschaltet.',
    remedy: ['Den Bildschirm des Geräts lesen, und es neu starten.'],
  },
  'download-stopped': {
    says: 'Es begann, {file} zu laden, und fragte danach nach nichts mehr.',
    missing: 'der nächste Download',
    cause:
      'Es wurde inzwischen ausgeschaltet, die Verbindung ist sehr langsam oder brach ab, oder das Gerät hat für die Datei zu wenig Speicher (initrd {initrd}, Speicher {memory}).',
    remedy: [
      'Nachsehen, ob es an ist, und seinen Bildschirm lesen; war es aus, beginnt es beim nächsten Start über das Netz von vorn.',
      'Ihm mindestens 1 GB Speicher geben, und Kabel und Switch-Port ansehen.',
    ],
  },
  'micro-os-silent': {
    says: 'Es hat das ganze Micro-OS geladen, und von seinem Agenten wurde nie gehört.',
    missing: 'der erste Anruf des Agenten',
    cause:
      'Der Speicher ist zu klein für die ausgepackte initrd (gepackt {initrd}, Speicher {memory}), oder dem Micro-OS fehlt ein Treiber oder eine Firmware-Datei für seine Netzwerkkarte.',
    remedy: [
      'Den Bildschirm des Geräts lesen: Dort sagt das Micro-OS, welcher Treiber oder welche Firmware-Datei fehlt.',
      'Firmware-Dateien hinzufügen: ./eims prepare --firmware ORDNER (aufgebaut wie /lib/firmware), dann das Gerät neu starten.',
      'Ihm mindestens 1 GB Speicher geben.',
    ],
  },
}
