import { bytes, capital } from './figures.ts'
import type { AnyReason, SlotsOf } from './reason.ts'
import { configWordsGerman } from './reason-config-words-german.ts'
import { diskWordsGerman } from './reason-disk-words-german.ts'
import {
  architectureFaults,
  clashRemedies,
  finishes,
  gptFaults,
  httpsOnlyClients,
  imageFormats,
  namesOnDisk,
  tableFaults,
} from './reason-terms-german.ts'
import { transferWordsGerman } from './reason-transfer-words-german.ts'
import type { Words } from './reason-words.ts'

const imageKinds = { disk: 'das Abbild eines Datenträgers', archive: 'ein tar-Archiv' } as const
const otherThan = (kind: keyof typeof imageKinds) => imageKinds[kind === 'disk' ? 'archive' : 'disk']
const kinds = { serial: 'Seriennummer', uuid: 'UUID', mac: 'MAC' } as const
const list = (disks: SlotsOf<'no-disk-fits'>['disks'], say: (reason: AnyReason) => string) =>
  disks.map(({ disk, why }) => `${disk}: ${why ? say(why) : 'würde passen'}`).join('; ')
const partitionOf = (disk: string, partition: number) => (partition === 0 ? disk : `Partition ${partition} von ${disk}`)

/** The same sentences in German, for the dashboard. */
export const german: Words = {
  told: ({ text }) => text,

  'boot-busy': () =>
    'es fragen mehr Geräte nach ihrem Startskript, als zugleich bedient werden; dieses fragt noch einmal',
  'database-down': () => 'die Datenbank antwortet nicht, darum wird nichts installiert',
  'disk-full': () => 'die Platte des Servers ist voll, darum wird nichts installiert',
  'identity-missing': () =>
    'Seriennummer, UUID und MACs dieses Geräts fehlen oder sind Platzhalter; in seiner Firmware eine Seriennummer oder UUID setzen',
  'too-many-unregistered': ({ limit }) =>
    `niemand hat dieses Gerät erfasst, und es gibt schon ${limit} solche; erfassen, einige löschen oder die Grenze anheben (site set --most-unknown)`,
  'identity-of-several': ({ claims }) =>
    `seine Kennungen gehören verschiedenen Geräten: ${claims.map(({ kind, value, node }) => `${kinds[kind]} ${value} zu ${node}`).join(', ')}`,
  'identity-contradicts': ({ kind, value, node, other }) =>
    `seine ${kinds[kind]} ${value} gehört zu ${node}, aber dort steht ${kinds[other.kind]} ${other.recorded}${other.maker ? ` (${other.maker})` : ''}, und das Gerät sagt ${other.said}${kind === 'mac' ? ' (ein Dock oder ein geteilter Netzwerkadapter?)' : ''}`,
  'identity-other-maker': ({ serial, said, claims }) =>
    `seine Seriennummer ${serial} gehört zu ${claims.map(({ node, maker }) => `${node} von ${maker}`).join(' und ')}, das Gerät sagt ${said}; jemand muss sagen, ob es dieses Gerät ist`,
  'identity-provisional': ({ kind, value, node }) =>
    `seine ${kinds[kind]} ${value} steht dort, weil das Gerät, das als ${node} eingerichtet wird, sie nannte, und sonst sagt nichts, ob es dieses Gerät ist`,
  twin: ({ node, serial, uuid, macs, others, how }) => {
    const ids = [serial ? `Seriennummer ${serial}` : '', uuid ? `UUID ${uuid}` : ''].filter(Boolean).join(', ')
    const mac = (all: string[]) => (all.length > 0 ? `MAC ${all.join(', ')}` : 'ohne eigene MAC')
    const that = {
      alive: `${node} hat und ebenfalls da ist`,
      installed: `das System von ${node} auf seinem Datenträger hat`,
      claimed: `${node} ist, wie jemand gesagt hat`,
      undecided: `${node} hat und eben noch gehört wurde; bleibt es still, bekommt dieses ihn`,
    }[how]
    return `zwei Geräte sagen, sie seien ${node}${ids ? ` (${ids})` : ''}: dieses mit ${mac(macs)}, und das mit ${mac(others)}, das ${that}`
  },
  quarantined: ({ why, candidates, closed }, say) =>
    `in Quarantäne: ${say(why)}${candidates.length > 0 ? ` (Kandidaten: ${candidates.join(', ')})` : ''}${closed ? `; ${say(closed)}` : ''}`,

  'netboot-denied': ({ node }) => `${node} darf nicht über das Netz starten`,
  'netboot-local': ({ node }) => `${node} soll von seinem eigenen Datenträger starten`,
  untrusted: ({ node }) => `${node} ist als nicht vertrauenswürdig markiert`,
  deleted: ({ node }) => `${node} wurde aus dem Register entfernt; neu erfassen`,
  'https-only': ({ client }) => `dieser Standort startet nur über HTTPS, ${httpsOnlyClients[client]}`,
  'runs-its-os': ({ node }) => `auf ${node} läuft sein System`,
  finished: ({ node, finish }) => `${node} ${finishes[finish]}`,
  held: ({ text }) => text,
  'run-goes-on': ({ node }) => `${node}: der Lauf geht weiter`,
  'run-failed': ({ node, why }, say) => `${node} ist gescheitert: ${say(why)}; wiederholen oder neu einrichten lassen`,
  'no-run': ({ node }) => `${node} wird eingerichtet, aber von keinem Lauf; wiederholen oder neu einrichten lassen`,
  unregistered: ({ policy }) =>
    policy && policy !== 'default-profile'
      ? `niemand hat dieses Gerät erfasst, und der Standort sagt ${policy}; erfassen (eims nodes add) oder die Regel des Standorts ändern`
      : 'niemand hat dieses Gerät erfasst, und der Standort hat kein Standardprofil; erfassen (eims nodes add) oder ein Standardprofil setzen',
  'no-profile': ({ node }) => `${node} hat kein Profil, und der Standort kein Standardprofil`,
  'other-architecture': ({ profile, wanted, has }) => `Profil ${profile} ist für ${wanted}, dieses Gerät ist ${has}`,
  'image-converting': ({ image, profile }) => `Abbild ${image} von Profil ${profile} wird noch umgewandelt`,
  'image-failed': ({ image, profile, why }, say) =>
    `Abbild ${image} von Profil ${profile} konnte nicht umgewandelt werden: ${say(why)}`,
  'image-kind': ({ image, profile, kind }) =>
    `Abbild ${image} von Profil ${profile} ist ${otherThan(kind)}, und das Profil braucht ${imageKinds[kind]}`,
  'not-asked-for': ({ profile }) => `bereit für Profil ${profile}; wartet auf: eims nodes provision`,
  ...configWordsGerman,
  'workflow-mistakes': ({ workflow, node, place, sentence, more }) =>
    `Ablauf ${workflow} ergibt keinen Plan für ${node}: ${place}: ${sentence}${more > 0 ? ` (und ${more} weitere Fehler)` : ''}`,
  'workflow-disabled': ({ workflow, text }) => `Ablauf ${workflow} sagt, dass er nicht laufen darf: ${text}`,
  'workflow-image-missing': ({ workflow, url }) => `Ablauf ${workflow} nimmt ${url}, und das ist nicht im Speicher`,
  'workflow-image-unsure': ({ workflow, url }) =>
    `Ablauf ${workflow} nimmt ${url} mit einer Abfrage und nennt keine SHA-256, an der allein solche Dateien zu unterscheiden sind`,
  'workflow-image-other': ({ workflow, url, image, wanted, has }) =>
    `Ablauf ${workflow} nimmt ${url} mit der SHA-256 ${wanted}, und Abbild ${image} von dort hat ${has ?? 'keine bekannte'}`,
  'workflow-image-kind': ({ workflow, url, image, kind }) =>
    `Ablauf ${workflow} nimmt ${url} als ${imageKinds[kind]}, und Abbild ${image} von dort ist ${otherThan(kind)}`,
  'workflow-image-converting': ({ workflow, image }) =>
    `Abbild ${image}, das Ablauf ${workflow} nimmt, wird noch umgewandelt`,
  'workflow-image-failed': ({ workflow, image, why }, say) =>
    `Abbild ${image}, das Ablauf ${workflow} nimmt, konnte nicht umgewandelt werden: ${say(why)}`,
  'disk-not-blank': ({ disk, found }) =>
    `niemand hat dieses Gerät erfasst, und sein Datenträger ${disk} ist nicht leer (${found ?? 'enthält Daten'}); erfassen (eims nodes add) oder den Datenträger löschen`,
  installs: ({ profile }) => `installiert Profil ${profile}`,
  'no-architecture': ({ besides }, say) =>
    `${besides ? `${say(besides)}; ` : ''}seine Firmware nennt ihre Architektur nicht`,
  'no-micro-os': ({ architecture, besides }, say) =>
    `${besides ? `${say(besides)}; ` : ''}auf diesem Server gibt es kein Micro-OS für ${architecture}`,

  'release-first': ({ node, text }) => `${node} ist angehalten (${text}); erst freigeben`,
  'let-it-boot-first': ({ node, why }, say) =>
    `${say(why)}; erst über das Netz starten lassen: eims nodes set ${node} --netboot allowed`,
  'run-under-way': ({ node }) => `${node} hat einen laufenden Lauf; erst abbrechen`,
  'has-an-instance': ({ state }) => `das Gerät hat eine Instanz, die ${state} ist; wiederholen oder neu einrichten`,
  'never-provisioned': () => 'das Gerät wurde noch nie eingerichtet; einrichten lassen',
  'has-no-run': () => 'das Gerät hat keinen Lauf',
  'waits-to-be-imaged': () => 'das Gerät wartet auf seine neue Einrichtung; sein letzter Lauf ist vorbei',
  'nobody-holds-it': ({ node }) => `niemand hält ${node} an; worauf es wartet: eims nodes explain ${node}`,
  'registered-already': ({ node }) => `${node} ist schon erfasst`,

  'dhcp-off': () => 'DHCP ist an diesem Standort aus (site set --dhcp proxy)',
  'starts-from-disk': ({ why }, say) => `dieses Gerät startet von seinem Datenträger: ${say(why)}`,
  'dhcp-discover-on-4011': () => 'ein DISCOVER gehört auf Port 67, nicht auf 4011',
  'dhcp-inform': () => 'ein INFORM auf Port 67 gilt dem DHCP-Server des Standorts',
  'dhcp-no-server-named': () => 'ein REQUEST, der keinen Server nennt (Option 54), gilt dem, der die Adresse vergab',
  'dhcp-other-server': ({ server }) => `der REQUEST gilt dem Server ${server}`,
  'dhcp-from-port-0': () => 'er kam von Port 0, der keine Antwort annimmt',
  'dhcp-no-host': ({ field, address }) =>
    `${field === 'source' ? 'Absenderadresse' : field} ${address} ist nicht die Adresse eines einzelnen Geräts`,
  'dhcp-reply-too-large': ({ bytes, room, url }) =>
    `die Antwort hat ${bytes} Bytes, und das Gerät nimmt ${room}; die ${url}-URL kürzen`,
  'http-boot-off': ({ besides }, say) =>
    besides
      ? `${say(besides)} (und UEFI-HTTP-Start wird nicht bedient)`
      : 'UEFI-HTTP-Start (HTTPClient) wird nicht bedient; die Firmware auf PXE umstellen',
  'boot-file-name': ({ file }) => `seine Startdatei ${JSON.stringify(file)} ist kein einfacher Dateiname`,
  'architecture-not-served': ({ number, architecture, fault }) =>
    number === null
      ? 'es nennt keine Architektur'
      : `Architektur ${number}${architecture ? ` (${architecture})` : ''} ${architectureFaults[fault]}`,
  'dhcp-malformed': ({ text }) => `das Paket ist kein ganzes DHCP: ${text}`,
  'dhcp-hardware-type': ({ type, length }) =>
    `das Paket nennt Hardwaretyp ${type} mit ${length} Bytes Adresse, und Ethernet ist 1 mit 6`,
  'dhcp-no-architecture': () => 'das Paket nennt keine Architektur (Option 93 fehlt)',
  'dhcp-option-length': ({ option, bytes }) =>
    option === 93
      ? `Option 93 (Architektur) hat ${bytes} Bytes, nicht 2 für jede von 1 bis 32 Nummern`
      : `Option 97 (Gerätekennung) hat ${bytes} Bytes, nicht 0 oder 17`,
  'dhcp-too-many': ({ perSecond }) => `von diesem Gerät kamen mehr als ${perSecond} Pakete in einer Sekunde`,
  'dhcp-facts-late': ({ text }) => `was dieses Gerät bekommen soll, war nicht rechtzeitig bekannt: ${text}`,
  'dhcp-not-sent': ({ text }) => `die Antwort hat diesen Server nicht verlassen: ${text}`,

  ...transferWordsGerman,

  'action-failed': ({ action, why, exitCode }, say) =>
    `${action}: ${why ? say(why) : exitCode === null ? 'kein Grund genannt' : `Exit-Code ${exitCode}`}`,
  'action-timed-out': ({ action, seconds }) => `${action}: nicht innerhalb von ${seconds} s fertig`,
  'action-lost': ({ action, times }) => `${action}: wurde ${times} Mal begonnen, und vom Ende hörte man nie`,
  'action-not-repeatable': ({ action }) =>
    `${action}: niemand weiß, wie es endete, und es darf nicht zweimal geschehen`,
  'run-timed-out': ({ seconds }) => `der Lauf war nicht innerhalb von ${seconds} s fertig`,
  'backs-off': ({ action, why, left, seconds }, say) =>
    `${action} wird ${seconds} s nach dem Scheitern noch einmal versucht${why ? ` (${say(why)})` : ''}; Versuche übrig: ${left}`,
  'image-away': ({ image, servers }) =>
    `das Abbild ${image} ist nicht auf diesem Server${servers.length === 0 ? ', und es ist kein anderer da' : ` und nicht von ${servers.join(', ')} zu bekommen`}; den Server starten, der es hat, oder das Abbild neu hinzufügen`,
  paused: ({ by }) => `angehalten von ${by}; die laufende Aktion geht zu Ende, die nächste wartet auf das Fortsetzen`,
  'waits-for-person': ({ action, text }) => `${action}: ${text} (danach: fortsetzen)`,
  cancelled: ({ by }) => `abgebrochen von ${by}`,
  restored: ({ madeAt }) => `das Register wurde aus einer Sicherung vom ${madeAt} wiederhergestellt`,

  'run-over': ({ state }) => `der Lauf ist vorbei (${state})`,
  'run-not-over': ({ state }) => `der Lauf ist nicht vorbei (${state})`,
  'run-succeeded': () => 'der Lauf ist gelungen; stattdessen neu einrichten',
  'run-stands-still': () => 'der Lauf steht schon',
  'run-not-paused': () => 'der Lauf ist nicht angehalten',
  'no-such-action': ({ action, names }) =>
    `der Lauf lässt sich nicht ab ${action} aufnehmen; er lässt sich ab ${names.join(', ')}`,
  'no-such-attempt': () => 'diesen Versuch hat der Lauf nicht',
  'attempt-of-another': ({ action, attempt }) => `Versuch ${attempt} von ${action} gehört einer anderen Sitzung`,
  'attempt-superseded': ({ action }) => `ein neuerer Versuch von ${action} wurde begonnen`,
  'booted-anew': () => 'das Gerät ist neu gestartet, oder ein anderes hat seinen Platz',
  'report-of-old-instance': () => 'die Meldung gehört zu einer Instanz, die ersetzt wurde',
  'phone-home-token-old': () => 'das Token gehört zu einer Installation, die seither neu begonnen wurde',
  'attempt-over': ({ action, attempt, state }) => `Versuch ${attempt} von ${action} ist vorbei (${state})`,

  registered: () => 'erfasst',
  discovered: () => 'entdeckt',
  onboarded: () => 'angemeldet',
  released: () => 'freigegeben',
  'split-off': ({ node }) => `von ${node} abgetrennt`,
  'will-be-provisioned': () => 'wird eingerichtet werden',
  'gets-profile': ({ profile }) => `bekommt ${profile}`,
  provisioned: () => 'eingerichtet',
  'not-provisioned': () => 'nicht eingerichtet',
  'os-did-not-come-up': () => 'sein System ist nicht hochgekommen',
  silent: ({ since }) => `nichts mehr gehört seit ${since ?? 'der Anmeldung'}`,

  'again-when-told': () =>
    'wird neu eingerichtet, wenn es über das Netz startet; es startet von seinem Datenträger, wenn seine Firmware nichts anderes gesagt bekommt (einmaliges Startmenü, meist F12, oder seine Fernwartung)',
  'again-by-itself': () =>
    'wird neu eingerichtet, wenn es das nächste Mal eingeschaltet oder neu gestartet wird: Seine Firmware startet zuerst über das Netz',
  'again-by-its-own-order': () =>
    'wird neu eingerichtet, wenn es über das Netz startet, sofort, wenn es im Micro-OS wartet; eims hat die Startreihenfolge seiner Firmware nicht gesetzt',
  'waits-to-be-provisioned': () => 'wartet auf die Einrichtung',
  provisioning: () => 'wird eingerichtet',
  'nothing-to-do': () => 'im Moment nichts zu tun',
  'waits-for-its-machine': () => 'wartet auf das Gerät',
  'written-awaits-report': () => 'das System ist geschrieben; wartet auf seine Meldung',
  'written-reports-nothing': () =>
    'das System ist geschrieben und startet; sein Ablauf lässt es nichts melden, darum ist dies das Letzte, was man hört',
  'written-and-sealed': () => 'das System ist geschrieben; das Gerät ist verschlossen',
  'medium-installed': () => 'von einem Medium installiert, noch nicht laufend gesehen',
  'medium-unfinished': () => 'seine Installation von einem Medium wurde begonnen; niemand weiß, wie sie endete',
  'os-runs': ({ os }) => `läuft mit ${os}`,
  'os-alike': ({ kind, value, nodes }) => {
    const what = {
      'machine-id': 'dieselbe machine-id',
      'ssh-host-key': 'denselben SSH-Hostschlüssel',
      'host-name': 'denselben Hostnamen',
    }[kind]
    return `sein System hat ${what} (${value.length > 60 ? `${value.slice(0, 60)}…` : value}) wie das von ${nodes.join(', ')}`
  },
  'no-report-in-time': () => 'das System hat sich nicht rechtzeitig gemeldet',
  'cloud-init-failed': ({ status, errors }) =>
    `cloud-init endete mit ${status}${errors.length > 0 ? `: ${errors.join('; ')}` : ''}`.slice(0, 1000),
  'first-boot-cut': ({ times }) =>
    `sein erster Start wurde ${times} Mal unterbrochen (Strom weg oder mittendrin ausgeschaltet), darum ist das System nicht ganz`,
  'conversion-interrupted': () => 'der Server hielt während der Umwandlung an; das Abbild entfernen und neu hinzufügen',
  'conversion-cancelled': ({ by }) => `${by} hat die Umwandlung abgebrochen; das Abbild neu hinzufügen`,
  'image-format': ({ format, remedy }) =>
    `die Datei ist ${imageFormats[format]}, das hier nicht gelesen wird: ${remedy}`,
  'image-packed-twice': ({ outer, inner, remedy }) =>
    `die Datei ist doppelt gepackt, ${inner} in ${outer}: ${remedy}, und hinzufügen, was herauskommt`,
  'image-disk-too-large': ({ bytes: size, limit }) =>
    size === null
      ? `der Datenträger hat mehr als ${limit} Bytes`
      : `der Datenträger des Abbilds hat ${size} Bytes, erlaubt sind ${limit}`,
  'conversion-in-backup': ({ madeAt }) =>
    `das Register wurde aus einer Sicherung vom ${madeAt} wiederhergestellt, während dieses Abbild umgewandelt wurde; neu hinzufügen`,
  'hold-after-restore': ({ madeAt }) =>
    `das Register wurde aus einer Sicherung vom ${madeAt} wiederhergestellt; das Gerät freigeben, wenn es seither nicht installiert wurde`,

  'no-disk-found': () => 'In diesem Gerät wurde kein Datenträger gefunden',
  'no-disk-fits': ({ disks }, say) => `Kein Datenträger passt. ${list(disks, say)}`,
  'several-disks-fit': ({ disks }, say) =>
    `${disks.filter(({ why }) => why === null).length} Datenträger würden passen, und das Profil sagt nicht, welcher; disk.match oder disk.prefer angeben. ${list(disks, say)}`,
  'disk-no-medium': () => 'hat kein Medium',
  'disk-usb': () => 'ist ein USB-Datenträger',
  'disk-medium': () => 'ist das Medium, von dem diese Maschine installiert',
  'disk-removable': () => 'ist wechselbar',
  'disk-read-only': () => 'ist schreibgeschützt',
  'disk-no-match': ({ match }) => `ist nicht ${match}`,
  'disk-too-small': ({ bytes: needed }) => `ist zu klein für ${bytes(needed)}`,
  'disk-too-small-for-addons': ({ bytes: needed, image, seed, addons }) =>
    `ist zu klein: ${bytes(needed)} sind nötig, ${bytes(image)} für das Abbild, ${bytes(seed)} für den Seed und ${bytes(addons)} für die Addons`,
  'disk-too-big': ({ bytes: most }) => `ist größer als ${bytes(most)}`,
  'disk-rotation': ({ has }) =>
    ({ ssd: 'ist eine SSD', hdd: 'ist eine drehende Platte', unknown: 'sagt nicht, ob sie dreht' })[has ?? 'unknown'],
  'disks-alike': ({ serial, disks }) =>
    `${disks.length} Datenträger haben die Seriennummer ${serial}, sie sagt also nicht, welcher; den Platz in disk.match schreiben: ${disks.map(({ disk, match }) => `${match} für ${disk}`).join(', ')}`,
  'disk-used': ({ disk, found, why }, say) =>
    `${disk} ist nicht leer (gefunden: ${found ?? 'unbekannte Daten'}). ${capital(say(why))}`,
  'profile-keeps-disks': ({ profile }) => `Profil ${profile} überschreibt keine Datenträger`,
  'nobody-registered-it': () => 'niemand hat dieses Gerät erfasst',
  'no-disk-chosen': ({ needs }) =>
    `Der Plan hat vor dieser keine Aktion ${needs}, darum gibt es keinen Datenträger dafür`,
  'chosen-disk-gone': ({ disk, serial }) =>
    `Der gewählte Datenträger ${disk} (Seriennummer ${serial ?? 'unbekannt'}) ist nicht mehr in diesem Gerät`,
  'chosen-disk-unclear': ({ disk, disks }) =>
    `Der gewählte Datenträger ${disk} kann seit dem Neustart jeder von ${disks.join(', ')} sein; den Lauf von Anfang an wiederholen`,
  'disk-changed': ({ disk, found }) =>
    `${disk} ist nicht mehr wie bei der Wahl (gefunden: ${found ?? 'nichts'}) und trägt nicht die Marke dieses Laufs, darum wurde nichts geschrieben; sehen, dass die Datenträger an ihren Plätzen sind, dann von Anfang an wiederholen`,
  'other-disk-clashes': ({ disk, other, names, cannot }) =>
    `${other} trägt, woran das System auf ${disk} gefunden werden soll (${namesOnDisk(names)}), das Gerät könnte also davon starten: ${clashRemedies[cannot]}`,
  'other-disks-cleared': ({ disks }) =>
    `von ${disks.map(({ disk, names }) => `${disk} (${namesOnDisk(names)})`).join(' und ')} wurden Kennungen entfernt, und keine Daten, an denen das neue System gefunden wird; das Protokoll nennt die Bytes`,
  'disk-in-use': ({ disk }) =>
    `Der Datenträger ${disk} ist in Gebrauch (eingehängt, oder Teil eines RAID oder einer Volume-Gruppe)`,
  'disk-error': ({ disk, doing, offset, text }) => {
    const what = {
      open: 'lässt sich nicht öffnen',
      read: `lässt sich bei Byte ${offset} nicht lesen`,
      write: `lässt sich bei Byte ${offset} nicht schreiben`,
      sync: 'hat das Geschriebene nicht behalten',
    }
    return `Der Datenträger ${disk} ${what[doing]}: ${text}`
  },
  'disk-ends': ({ disk, offset, wanted }) => `Der Datenträger ${disk} endet bei Byte ${offset}, vor ${wanted}`,
  'disk-gives-other-bytes': ({ disk, offset, of }) =>
    `Der Datenträger ${disk} gibt bei Byte ${offset} nicht zurück, ${of === 'seed' ? 'was als Seed' : 'was'} geschrieben wurde; vielleicht ist er defekt`,
  'image-not-whole': ({ action, told, frames }) =>
    `${action} wurde als fertig gemeldet, aber mit ${told} von ${frames} Stücken des Abbilds, das Abbild ist also nicht auf dem Datenträger`,
  'image-too-large': ({ bytes: image, disk, size }) =>
    `Das Abbild hat ${bytes(image)}, der Datenträger ${disk} nur ${bytes(size)}`,
  'image-of-other-architecture': ({ image, machine }) => `Das Abbild ist für ${image}, dieses Gerät ist ${machine}`,
  'manifest-of-other-size': ({ bytes: manifest, plan }) =>
    `Das Manifest des Abbilds ist für ${manifest} Bytes, der Plan für ${plan}`,
  'manifest-unreadable': ({ digest, text }) => `Das Manifest ${digest} des Abbilds ist nicht gültig: ${text}`,
  'chunk-missing': ({ chunk, tries, sources }) =>
    `Stück ${chunk} fehlt oder ist überall beschädigt (je ${tries} Mal gefragt: ${sources.join(', ')}); das Abbild neu hinzufügen`,
  'chunk-damaged': ({ chunk, fault, wanted, held, text }) => {
    const what = {
      packing: `lässt sich nicht zu ${wanted} Bytes auspacken`,
      size: `hat ${held} Bytes, sein Manifest sagt ${wanted}`,
      digest: 'hat andere Bytes, als sein Manifest sagt',
    }
    return `Stück ${chunk} ${what[fault]}${text ? `: ${text}` : ''}`
  },
  'sector-size': ({ image, disk, sectorSize }) =>
    `Das Abbild ist für Datenträger mit ${image}-Byte-Sektoren, ${disk} hat ${sectorSize}-Byte-Sektoren`,
  'gpt-damaged': ({ disk, fault, backup }) =>
    `Der GPT auf ${disk} ist nicht zu trauen: ${gptFaults[fault]}${backup ? `; ihrer Kopie am Ende auch nicht: ${gptFaults[backup]}` : ''}`,
  'no-partition-table': () =>
    'Das Abbild hat weder GPT noch MBR, darum lässt sich keine Partition für den cloud-init-Seed anlegen',
  'partition-table-full': ({ table }) =>
    table === 'gpt'
      ? 'Die GPT des Abbilds hat keinen freien Eintrag für den cloud-init-Seed'
      : 'Das Abbild nutzt alle vier primären Partitionen seines MBR, für den cloud-init-Seed bleibt keine',
  'image-fills-disk': ({ disk }) =>
    `Das Abbild füllt ${disk}: Hinter seiner letzten Partition ist kein Platz für den cloud-init-Seed (4 MiB)`,
  'seed-too-large': ({ bytes: room }) =>
    `Die cloud-init-Dokumente passen nicht in die ${room} Bytes der CIDATA-Partition`,
  'no-efi-partition': () =>
    'Das Abbild hat keine EFI-Systempartition, und dieses Gerät startet mit UEFI; ein Abbild für UEFI nehmen oder die Firmware auf BIOS stellen',
  'no-efi-loader': ({ architecture, found }) =>
    `Die EFI-Systempartition des Abbilds hat keinen Bootloader für ${architecture} (${found.join(', ') || 'gar keinen'}), kein UEFI-Gerät könnte es starten`,
  'no-bios-boot': () =>
    'Das Abbild hat in seinem ersten Sektor keinen Startcode für ein BIOS; die Firmware auf UEFI stellen oder ein Abbild für BIOS nehmen',
  'only-4kn': () => 'Das Abbild ist für Datenträger mit 4096-Byte-Sektoren und wird auf keine anderen geschrieben',
  'image-table-damaged': ({ fault }) => `Auf die Partitionstabelle des Abbilds ist kein Verlass: ${tableFaults[fault]}`,
  'firmware-variable': ({ variable, doing, text }) => {
    const what = {
      list: 'Die Variablen der Firmware sind nicht lesbar',
      read: `Die Firmware-Variable ${variable} ist nicht lesbar`,
      write: `Die Firmware weigerte sich, ${variable} zu setzen`,
      keep: `Die Firmware hat ${variable} nicht so behalten, wie sie gesetzt wurde`,
    }
    return `${what[doing]}${text ? `: ${text}` : ''}`
  },
  'boot-entries-full': () => 'Die Firmware hat keinen freien Starteintrag',
  'firmware-full': ({ variable }) =>
    `Der Variablenspeicher der Firmware (NVRAM) ist voll, ${variable} ließ sich nicht setzen; in ihrem Setup tote Starteinträge löschen oder die Vorgaben laden, dann wiederholen`,
  'disk-not-of-this-run': ({ disk }) =>
    `${disk} trägt nicht die Marke dieses Laufs, darum wird darauf nichts geändert; eine Aktion davor muss ihn schreiben`,
  'partition-missing': ({ disk, partition, has }) =>
    `${disk} hat keine Partition ${partition} (sie hat ${has.join(', ') || 'keine'}); im Ablauf eine davon nennen`,
  'os-unclear': ({ disk, partitions }) =>
    `${partitions.length === 0 ? `Keine Partition von ${disk} enthält ein System (einen Ordner /etc mit os-release oder passwd)` : `Die Partitionen ${partitions.join(' und ')} von ${disk} enthalten je ein System`}; die Partition im Ablauf nennen`,
  'filesystem-not-mounted': ({ disk, partition, fsType, text }) =>
    `${partitionOf(disk, partition)} lässt sich nicht einhängen${fsType ? ` als ${fsType}` : ', nichts Bekanntes ist darauf'}: ${text}`,
  'filesystem-busy': ({ disk, partition }) =>
    `${partitionOf(disk, partition)} wird noch von etwas benutzt, das eine Aktion gestartet hat`,
  'path-unusable': ({ path, at, fault }) => {
    const what = {
      links: 'führt über zu viele Links',
      'not-a-folder': 'ist kein Ordner',
      'is-a-folder': 'ist ein Ordner',
    }
    return `${path} lässt sich nicht schreiben: ${at} ${what[fault]} im installierten System`
  },
  'file-not-written': ({ path, text }) => `${path} lässt sich im installierten System nicht schreiben: ${text}`,
  'command-failed': ({ exitCode, last }) =>
    `Der Befehl endete mit Exit-Code ${exitCode}${last ? `; zuletzt sagte er: ${last}` : ''}`,
  'program-failed': ({ program, exitCode, last }) =>
    `${program} endete mit Exit-Code ${exitCode}${last ? `: ${last}` : ''}`,
  'device-not-granted': ({ device, fault }) =>
    fault === 'missing'
      ? `Dieses Gerät hat kein /dev/${device}; es im Ablauf aus den devices der Aktion nehmen`
      : `/dev/${device} ist ein Datenträger, und ein Befehl bekommt nur den gewählten; es im Ablauf aus den devices der Aktion nehmen`,
  'archive-unreadable': ({ text }) => `Das Archiv lässt sich nicht auspacken: ${text}`,
  'tool-missing': ({ tool }) =>
    `Dieses Micro-OS kennt die Werkzeuge ${tool} nicht: Es ist von einer früheren Version; das Gerät neu starten`,
  'tool-unusable': ({ tool, text }) => `Die Werkzeuge ${tool} lassen sich nicht auspacken oder laden: ${text}`,
  ...diskWordsGerman,
  'action-not-here': ({ action }) => `Aktion ${action} geschieht hier nicht: Dieser Agent läuft nicht im Micro-OS`,
  'action-unknown': ({ action, kind, name }) =>
    kind === 'oci'
      ? `Aktion ${action} will das Container-Abbild ${name}; dieser Agent führt nur Eingebautes aus`
      : `Aktion ${action} will das eingebaute ${name}, das dieser Agent nicht hat`,
  'action-argument': ({ action, argument, text }) => `Aktion ${action} hat ein falsches Argument ${argument}: ${text}`,
  'action-stuck': ({ action, seconds }) =>
    `Aktion ${action} hielt nicht innerhalb von ${seconds} s an; vielleicht antwortet ihr Datenträger nicht mehr`,
  'action-too-long': ({ action, seconds }) => `Aktion ${action} dauerte länger als ihre ${seconds} s`,
}
