import { type diagnosisEnglish, span } from './diagnosis-english.ts'
import type { Template } from './sentence.ts'

/** The sentences of diagnosis-english.ts in German. */
export const diagnosisGerman: Record<keyof typeof diagnosisEnglish, Template> = {
  'figure.span': ({ seconds }: { seconds: number }) => span(seconds, (days) => `${days} Tage`),
  'figure.ago': ({ seconds }: { seconds: number }) => `vor ${span(seconds, (days) => `${days} Tagen`)}`,
  'figure.megabytes': ({ bytes }: { bytes: number }) => `${Math.round(bytes / 1e6)} MB`,

  'diagnosis.last-heard': '{says} Zuletzt gehört {ago}.',
  'diagnosis.again-and-again': '{says} Es versucht es immer wieder; zuletzt gehört {ago}.',
  'diagnosis.under-way': '{done}; zuletzt gehört {ago}.',
  'diagnosis.before': '{ago}: {says}',

  'done.boots': 'Es startet',
  'done.asked-without-database': 'Als es fragte, was es starten soll, antwortete die Datenbank nicht',
  'done.asked-on-full-disk': 'Als es fragte, was es starten soll, war die Platte voll',
  'done.micro-os': 'Es hat das Micro-OS geladen und startet es',
  'done.loads': 'Es lädt {file}',
  'done.script': 'Es hat sein Startskript bekommen',
  'done.address-and-script': 'iPXE hat eine Adresse und weiß, wo sein Skript liegt',
  'done.told-script': 'iPXE weiß, wo sein Skript liegt',
  'done.first-script': 'iPXE ist gestartet und hat sein erstes Skript gelesen',
  'done.read': 'Es hat die Startdatei {file} gelesen',
  'done.told-file': 'Es soll {file} laden',
  'done.took-offer': 'Es hat das Angebot von {server} angenommen',
  'done.asks-address': 'Es fragt nach einer Adresse',

  'seen.no-reason': 'es ist kein Grund bekannt',
  'seen.denied': 'abgelehnt',
  'seen.policy-denied': 'sein Netzstart steht auf denied',
  'seen.times': '{reason} ({count} Mal)',
  'seen.candidates': '{reason} (Kandidaten: {candidates})',
  'seen.ipxe-silent': ', so wenig wie zuvor {file}, das ist iPXE',
  'seen.once': 'einmal',
  'seen.count': '{count} Mal',
  'seen.gave-another': ' Der DHCP-Server {address} hat {ago} einem anderen Gerät eine gegeben.',
  'seen.any-interface': 'irgendeiner Schnittstelle',
  'seen.since-start': 'gehört, seit dieser Server lauscht ({span})',
  'seen.size-unknown': 'von unbekannter Größe',
  'seen.memory-unknown': 'noch unbekannt',
  'seen.port-unknown': 'der Adresse des Skripts',
  'seen.its-boot-file': 'seine Startdatei',
  'seen.the-script': 'das Startskript',
  'seen.a-dhcp-server': 'einem DHCP-Server',
  'seen.another-server': 'einem anderen Server',
  'seen.next-action': 'seine nächste Aktion',
  'seen.last-action': 'seine letzte Aktion',
  'seen.one-of-them': 'eine davon',
  'seen.action-at': '{action}, {percent} % fertig',
  'seen.provisioned': 'eingerichtet',
  'seen.stranger': '{mac} ({ago})',

  'heard.to-server': '{asked}, an den Server {server}',
  'heard.through-relay': '{asked}, über das Relay {relay}',
  'heard.asked-boot': 'fragte, was es starten soll',
  'answered.nothing': 'nichts: {reason}',

  'remedy.strangers':
    'Inzwischen gehört, und von keinem erfassten Gerät: {strangers}. Ist es eines davon, seine MAC berichtigen: ./eims nodes set {node} --mac MAC',
  'remedy.strangers-ask':
    'Inzwischen gehört, und von keinem erfassten Gerät: {strangers}. Ist es eines davon, nach diesem fragen: ./eims nodes explain MAC',
  'remedy.overwrite': 'Damit dieser Datenträger überschrieben wird: ./eims nodes adopt {node} --profile PROFIL',
  'remedy.adopt': 'Um es einzurichten: ./eims nodes adopt {node} --profile PROFIL',
  'remedy.give-profile': 'Ihm eines geben: ./eims nodes set {node} --profile PROFIL',
  'remedy.image-converting': 'Nichts: Es geht weiter, sobald das Abbild fertig ist. ./eims images list zeigt es.',
  'remedy.image-failed':
    'Ein heiles Abbild hinzufügen (./eims images add) und dem Profil geben: ./eims profiles set PROFIL --image NAME',
  'remedy.other-architecture': 'Ihm ein Profil für seine Architektur geben: ./eims nodes set {node} --profile PROFIL',
  'remedy.provision': 'Um es einzurichten: ./eims nodes provision {node}',
  'remedy.resume': 'Damit es weitergeht: ./eims nodes resume {node}',
  'remedy.resume-when-done':
    'Sobald das getan ist: ./eims nodes resume {node}. Um es aufzugeben: ./eims nodes cancel {node}',
  'remedy.backs-off': 'Nichts: Es wird von selbst noch einmal versucht. Um es aufzugeben: ./eims nodes cancel {node}',
  'remedy.image-away':
    'Es geht von selbst weiter, sobald das Abbild zu bekommen ist. Um es aufzugeben: ./eims nodes cancel {node}',
  'remedy.allow': 'Um es zu erlauben: ./eims nodes set {node} --netboot allowed',
  'remedy.allow-install': 'Damit es eingerichtet wird: ./eims nodes set {node} --netboot allowed',
  'remedy.forget': 'Ist es ein anderes Gerät: ./eims nodes forget {node}',
  'remedy.give-serial':
    'Ist es {node}: ihm seine Seriennummer oder UUID geben (./eims nodes set {node} --serial S --uuid U)',
  'remedy.set-maker': 'Ist es {node}: ./eims nodes set {node} --manufacturer "{said}"',
  'remedy.add-other': 'Ist es ein anderes Gerät: ./eims nodes add NAME --serial "{serial}" --manufacturer "{said}"',
  'remedy.firmware-full':
    'Im Setup seiner Firmware Starteinträge löschen, die ins Leere führen, oder die Vorgaben laden; manche gibt den Platz erst nach einem Neustart frei. Dann: ./eims nodes retry {node}',
  'remedy.workflow-mistakes': '{remedy} Alle Fehler: ./eims workflows render {workflow} --node {node}',
  'remedy.workflow-disabled': 'Die Vorlage berichtigen, dann: ./eims workflows set {workflow} --file DATEI',
  'remedy.add-image': 'Hinzufügen: {command}',
  'remedy.workflow-image-unsure':
    'Die SHA256 der Datei in die Vorlage schreiben: ./eims workflows set {workflow} --file DATEI',
  'remedy.workflow-image-kind':
    'Die Vorlage soll es mit {action} nehmen (./eims workflows set {workflow} --file DATEI), oder das Abbild {image} löschen und das richtige hinzufügen',
  'remedy.image-kind': 'Ein anderes Abbild nennen: ./eims profiles set {profile} --image ABBILD',
  'remedy.config-needs-k3s':
    'Ein Abbild mit K3s nennen (./eims profiles set {profile} --image ABBILD), kubernetes: none schreiben, oder sagen, was in diesem ist: ./eims images set {image} --k3s-version V',
  'remedy.config-needs-mutable':
    'operatingSystem.installer weglassen (./eims nodes config {node} nennt die Konfigurationsdatei, die es hat), oder ihm ein anderes Profil geben: ./eims nodes set {node} --profile PROFIL',
  'remedy.workflow-image-failed':
    'Es entfernen (./eims images delete {image}), damit es neu geholt wird, oder es mit --source-url von anderswo hinzufügen',
  'remedy.workflow-image-other':
    'Die Prüfsumme eines von beiden berichtigen: die der Vorlage (./eims workflows set {workflow} --file DATEI), oder das Abbild {image} löschen und neu hinzufügen',
}
