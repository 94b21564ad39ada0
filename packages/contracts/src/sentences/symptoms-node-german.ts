import type { SymptomWords } from './symptom-text.ts'
import type { nodeSymptoms } from './symptoms-node.ts'

/** The rows of symptoms-node.ts in German. */
export const nodeSymptomsGerman: Record<keyof typeof nodeSymptoms, SymptomWords> = {
  untrusted: {
    says: '{machine} ist als nicht vertrauenswürdig markiert und bekommt darum nichts.',
    remedy: [
      'Herausfinden, warum es markiert wurde; entfernt und neu erfasst (./eims nodes delete, nodes add) wird ihm wieder vertraut.',
    ],
  },
  claimed: {
    says: 'Ein Gerät, das {machine} sein könnte, ist in Quarantäne: {reason}.',
    missing: 'Kennungen, die nur ein Gerät meinen',
    cause:
      'Im Register steht eine MAC, Seriennummer oder UUID dieses Geräts bei einem anderen: eine falsche Zeile, eine getauschte Platine, oder ein Dock oder Adapter, der wandert.',
    remedy: [
      'Seriennummer, UUID und MACs auf dem Bildschirm des Geräts mit ./eims nodes show jedes Geräts vergleichen, das der Satz nennt.',
      'Das falsche berichtigen (./eims nodes set NODE --serial, --uuid oder --mac), oder zwei, die ein Gerät sind, zu einem machen: ./eims nodes merge --help. Das Gerät macht von selbst weiter.',
    ],
  },
  twin: {
    says: 'Ein zweites Gerät nennt sich {node}: {reason}.',
    missing: 'das Wort einer Person, welches von beiden es ist',
    cause:
      'Platinen mit gleicher Seriennummer und UUID (geklont oder nie ausgefüllt), oder jemand, der die Seriennummer kennt.',
    remedy: [
      'Ist eines von ihnen {node}: ./eims nodes claim {node} --mac MAC --reason TEXT, mit einer MAC von diesem; das andere bekommt nichts.',
      'Sollen beide eingerichtet werden, unterscheidet sie weder Seriennummer noch UUID: ./eims site set --shared WERT für jeden gemeinsamen Wert; dann zählen bei allen Geräten damit die MACs.',
    ],
  },
  'report-refused': {
    says: 'Was im Namen von {machine} gesagt wurde, wurde {ago} abgewiesen: {reason}.',
    missing: 'eine Meldung des Geräts, auf die dieser Server wartet',
    cause:
      'Das Gerät macht mit etwas weiter, das vorbei ist: mit einer Aktion, die ein anderer Start übernommen hat, oder einem System, dessen Installation neu begonnen wurde.',
    remedy: [
      'Es über das Netz neu starten: Dann bekommt es, was jetzt gilt.',
      'Ist das ein anderes Gerät, es vom LAN nehmen; ./eims nodes show {node} hat im Verlauf die MAC.',
    ],
  },
  onboarded: {
    says: '{machine} ist im Micro-OS, sein Agent wurde {ago} gehört, und seine nächste Aktion wird vorbereitet.',
  },
  'held-by-person': {
    says: 'Jemand hält {machine} an: {reason}.',
    remedy: ['Damit es gleich weitergeht: ./eims nodes release {node}'],
  },
  'waits-in-micro-os': {
    says: '{machine} wartet im Micro-OS: {reason}.',
    cause: 'Jemand muss entscheiden.',
    remedy: ['Tun, was der Grund nennt; das Gerät macht gleich von selbst weiter.'],
  },
  gone: {
    says: '{machine} war im Micro-OS, und sein Agent wurde zuletzt {ago} gehört. Es wartete darauf: {reason}.',
    missing: 'die nächste Frage seines Agenten',
    cause: 'Es wurde ausgeschaltet, neu gestartet, oder verlor sein Netz.',
    remedy: ['Tun, was der Grund nennt, und das Gerät über das Netz neu starten.'],
  },
  installing: {
    says: '{machine} wird eingerichtet: {action}. Gehört {ago}.',
  },
  'agent-silent': {
    says: 'Der Agent von {machine} wurde zuletzt {ago} gehört, während: {action}.',
    missing: 'seine nächste Meldung',
    cause:
      'Das Gerät verlor Strom oder Netz, eine Firewall verwirft seine Pakete zum TCP-Port dieses Servers, oder es hängt.',
    remedy: [
      'Seinen Bildschirm lesen. Steht dort „is away“, läuft es und erreicht diesen Server nicht: Kabel ansehen, und seinen TCP-Port durchlassen (./eims doctor nennt Regeln, die ihn verwerfen); dann macht es von selbst weiter.',
      'Über das Netz neu gestartet, nimmt es seinen Lauf da auf, wo er war.',
    ],
  },
  cancelled: {
    says: 'Der Lauf von {machine} wurde abgebrochen: {reason}.',
    remedy: ['Ihn wieder aufnehmen: ./eims nodes retry {node}'],
  },
  'no-disk': {
    says: 'Die Installation von {machine} ist gescheitert: {reason}.',
    missing: 'ein Datenträger, auf den installiert werden darf',
    cause:
      'Das Gerät hat keinen Datenträger, auf den das Abbild passt und den die Datenträger-Regeln von Gerät und Profil erlauben.',
    remedy: [
      'Einen passenden Datenträger einbauen, oder nach dem Kabel sehen, dann: ./eims nodes retry {node}. ./eims nodes show {node} zeigt, welche gefunden wurden.',
      'Fehlt dort einer, der im Gerät ist, in seiner Firmware den Speichermodus auf AHCI oder NVMe stellen (kein RAID, kein Intel VMD).',
      'Um einen anderen zu nehmen: ./eims nodes set {node} --disk MATCH, dann ./eims nodes reprovision {node} --reason TEXT',
    ],
  },
  'run-failed': {
    says: 'Die Installation von {machine} ist gescheitert: {reason}.',
    missing: 'das Ende seines Laufs',
    cause: 'Die Aktion „{action}“ ist nicht gelungen.',
    remedy: ['./eims nodes logs {node} sagt mehr. Wenn es behoben ist: ./eims nodes retry {node}'],
  },
  sealed: {
    says: '{machine} ist fertig: {reason}.',
  },
  'first-boot': {
    says: 'Das System ist auf dem Datenträger von {machine} und startet zum ersten Mal; für seine Meldung bleiben {due}.',
  },
  'disk-not-booting': {
    says: '{machine} wurde zu seinem frisch geschriebenen Datenträger geschickt und kommt immer wieder ins Netz zurück (schon {span} lang).',
    missing: 'die Meldung des installierten Systems',
    cause:
      'Seine Firmware startet nicht von diesem Datenträger: Ein anderer kommt zuerst, oder das Abbild passt nur zur anderen Firmware (BIOS oder UEFI).',
    remedy: [
      'Den Datenträger in die Startreihenfolge der Firmware aufnehmen.',
      'Das Gerät so starten (UEFI oder BIOS), wie es das Abbild verlangt.',
    ],
  },
  'no-phone-home': {
    says: 'Das System ist auf dem Datenträger von {machine}, und es hat sich nicht rechtzeitig gemeldet.',
    missing: 'die Meldung des installierten Systems',
    cause:
      'Das System startete nicht, bekam kein Netz, erreicht diesen Server nicht, oder sein Abbild hat kein cloud-init.',
    remedy: [
      'Auf den Bildschirm des Geräts sehen: Läuft sein System, und hat es eine Adresse?',
      'Im System: cloud-init status --long. Dann ./eims nodes reprovision {node} --reason TEXT, oder im Profil mehr Zeit für die Meldung (phone-home).',
    ],
  },
  'os-fault': {
    says: 'Das System von {machine} läuft und hat einen Fehler gemeldet: {reason}.',
    cause: 'cloud-init kam zu keinem guten Ende, oder beim ersten Start war wieder und wieder der Strom weg.',
    remedy: ['Die cloud-config des Profils berichtigen, dann: ./eims nodes reprovision {node} --reason TEXT'],
  },
  'os-alike': {
    says: 'Auf {machine} läuft sein System, aber: {reason}.',
    cause:
      'Das Abbild wurde von einem System gemacht, das schon gelaufen war, und trägt, was auf jedem Gerät neu entstehen muss.',
    remedy: [
      'Das Abbild neu machen, mit leerer /etc/machine-id, ohne /etc/ssh/ssh_host_* und /etc/hostname (cloud-init clean --logs --machine-id erledigt das meiste).',
      'Dann für jedes Gerät: ./eims nodes reprovision {node} --reason TEXT',
    ],
  },
  running: {
    says: 'Auf {machine} läuft sein System: {reason}.',
  },
}
