import type { SymptomWords } from './symptom-text.ts'
import type { firmwareSymptoms } from './symptoms-firmware.ts'

/** The rows of symptoms-firmware.ts in German. */
export const firmwareSymptomsGerman: Record<keyof typeof firmwareSymptoms, SymptomWords> = {
  'no-packet': {
    says: 'Von {machine} wurde an {lan} nichts {span}.',
    missing: 'ein DHCP-DISCOVER seiner Firmware',
    cause:
      'Es ist aus oder startet von seinem Datenträger. Ist es an und versucht, über das Netz zu starten (PXE-E61, PXE-E51, PXE-E53): das Kabel, ein anderer Switch-Port oder ein anderes VLAN als das der Geräte, ein Port, den Spanning Tree noch sperrt, oder der Netzstart steht nicht an erster Stelle der Startreihenfolge.',
    remedy: [
      'Einschalten, mit IPv4-Netzstart (PXE) erlaubt und an erster Stelle der Startreihenfolge.',
      'Nach der Link-LED sehen, und seine MAC mit der gefragten vergleichen.',
      'Den Switch-Port zum Access-Port im VLAN der Geräte machen (Firmware kennt keine VLAN-Tags), mit Portfast.',
    ],
  },
  'lan-silent': {
    says: 'Von {machine} wurde an {lan} nichts {span}, und auch von keinem anderen Gerät.',
    missing: 'ein DHCP-DISCOVER der Firmware irgendeines Geräts',
    cause:
      'Kein Gerät ist an, oder dieser Server hört ihr Netz nicht: Er bedient eine andere Schnittstelle, sein eigenes Kabel oder sein Switch-Port ist in einem anderen LAN, oder eine Firewall verwirft UDP-Port 67.',
    remedy: [
      './eims doctor prüft die Schnittstelle, ihre Verbindung, die Ports und die Firewall-Regeln dieses Servers.',
      '{lan} damit vergleichen, wo das Kabel zu den Geräten steckt; eine andere Schnittstelle bedient: ./eims up --interface IF',
      'Das Gerät einschalten, mit IPv4-Netzstart (PXE) erlaubt und an erster Stelle der Startreihenfolge, und nach seiner Link-LED sehen.',
    ],
  },
  'not-since': {
    says: 'Von {machine} wurde zuletzt {ago} gehört; seither kam es nicht vorbei.',
    missing: 'sein nächster Start über das Netz',
    cause: 'Es ist aus, oder es ist von seinem Datenträger gestartet.',
    remedy: ['Einschalten oder neu starten, mit dem Netzstart an erster Stelle der Startreihenfolge.'],
  },
  'dhcp-off': {
    says: '{machine} sucht einen Boot-Server, und DHCP ist an diesem Standort aus.',
    missing: 'eine Antwort, die es hierher führt',
    cause:
      'Der DHCP-Server des Standorts muss Boot-Server und Startdatei nennen (Optionen 66 und 67), und er tat es nicht.',
    remedy: [
      'Am DHCP-Server des Standorts die Optionen 66 und 67 setzen, wie docs/dhcp.md es zeigt.',
      'Oder eims antworten lassen: ./eims site set --dhcp proxy',
    ],
  },
  denied: {
    says: '{machine} darf nicht über das Netz starten: {reason}.',
    cause: 'Seine Regel für den Netzstart verbietet es.',
    remedy: ['Soll es starten: ./eims nodes set {node} --netboot allowed'],
  },
  'plain-refused': {
    says: '{machine} kam ohne TLS, über HTTP, und wird abgewiesen: {reason}.',
    cause: 'Der Standort startet nur über HTTPS, und BIOS-Geräte und alte iPXE kennen keines.',
    remedy: [
      'Seine Firmware auf UEFI-Start stellen.',
      'Oder HTTP für Geräte erlauben, die nichts anderes kennen: ./eims site set --plain-http allowed',
    ],
  },
  'local-policy': {
    says: '{machine} startet von seinem eigenen Datenträger, wie es seine Regel für den Netzstart sagt.',
  },
  'architecture-refused': {
    says: 'Seine Firmware ist von einer Art, die nicht bedient wird: {reason}.',
    missing: 'eine Firmware, für die es eine Startdatei gibt',
    cause:
      'Für diese Architektur gibt es keine Startdatei, oder die Firmware ist auf eine andere Art des Starts gestellt.',
    remedy: [
      'Die Firmware auf 64-Bit-UEFI oder BIOS-PXE stellen.',
      'Oder eine Startdatei dafür nennen: ./eims site set --boot-file arch=NUMMER,file=NAME',
    ],
  },
  'not-answered': {
    says: 'Seine DHCP-Pakete wurden gehört und nicht beantwortet: {reason}.',
    remedy: ['Beheben, was der Grund nennt, und das Gerät neu starten.'],
  },
  'dhcp-broken': {
    says: 'Seine DHCP-Pakete wurden gehört und nicht beantwortet: {reason}.',
    missing: 'ein Paket, wie PXE-Firmware es schickt (RFC 4578)',
    cause:
      'Seine Firmware oder sein Netzwerk-ROM hat einen Fehler, oder etwas dazwischen (ein Relay, ein Switch) verdirbt die Pakete.',
    remedy: [
      'Seine Firmware oder das ROM der Netzwerkkarte aktualisieren, oder es von BIOS- auf UEFI-Netzstart umstellen.',
      'Ohne seinen eigenen Netzstart starten: ./eims boot-media usb ZIEL (docs/boot-media.md).',
      'Zeigen das viele Geräte hinter einem Relay oder Switch, dort nachsehen.',
    ],
  },
  'not-ethernet': {
    says: 'Seine DHCP-Pakete wurden gehört und nicht beantwortet: {reason}.',
    missing: 'ein Paket eines Ethernet-Anschlusses',
    cause:
      'Der Anschluss startet als InfiniBand (Hardwaretyp 32) oder ein anderes Netz, oder sein ROM nennt einen falschen Typ.',
    remedy: [
      'Den Anschluss der Karte auf Ethernet stellen (bei NVIDIA: mlxconfig set LINK_TYPE_P1=2), oder über einen anderen starten.',
      'Das ROM der Netzwerkkarte aktualisieren, oder das Gerät ohne es starten: ./eims boot-media usb ZIEL (docs/boot-media.md).',
    ],
  },
  'server-late': {
    says: 'Seine DHCP-Pakete wurden gehört und nicht beantwortet: {reason}.',
    missing: 'die Antwort dieses Servers',
    cause:
      'Dieser Server konnte das Gerät nicht nachschlagen: Er ist überlastet, oder mit seiner Datenbank oder seinen Einstellungen stimmt etwas nicht.',
    remedy: [
      './eims doctor zeigt, ob die Datenbank antwortet; das Protokoll dieses Servers sagt mehr.',
      'Wenn das behoben ist, das Gerät neu starten: Firmware gibt nach einer Minute auf.',
    ],
  },
  'reply-not-sent': {
    says: 'Es wurde gehört, und seine Antwort ging nie hinaus: {reason}.',
    missing: 'die Antwort dieses Servers auf der Leitung',
    cause:
      'Die Schnittstelle fiel aus oder verlor ihre Adresse, eine Firewall dieses Servers verbietet ihm zu senden, oder zum Relay führt kein Weg.',
    remedy: [
      './eims doctor prüft die Schnittstelle, ihre Verbindung und die Firewall-Regeln dieses Servers.',
      'Hinter einem Relay: Dieser Server braucht eine Route zur Adresse des Relays.',
    ],
  },
  'rate-limited': {
    says: '{machine} schickte {count} DHCP-Pakete in {span}; mehr als zehn in der Sekunde werden nicht beantwortet.',
    cause: 'Eine Schleife im Netz, oder Firmware, die ohne Pause fragt.',
    remedy: ['Nach einer Schleife zwischen Switch-Ports suchen (ein Kabel mit beiden Enden im Netz der Geräte).'],
  },
  'no-dhcp-server': {
    says: 'Es fragte {times} nach einer Adresse und nahm keine.',
    missing: 'sein DHCP-REQUEST an den Server, der ihm eine Adresse gibt',
    cause:
      'Kein DHCP-Server dieses LANs bot ihm eine Adresse an (PXE-E51, PXE-E16): Er ist aus, voll oder in einem anderen VLAN. eims vergibt keine.',
    remedy: [
      'Den DHCP-Server des LANs starten, oder in seinem Bereich Adressen freigeben; ./eims doctor zeigt, ob einer antwortet.',
      'Führt ein Relay zu ihm, muss das Relay die Pakete dieses LANs weiterreichen.',
    ],
  },
  'offer-not-joined': {
    says: 'Es fragte {times} nach einer Adresse und nahm keine, obwohl der DHCP-Server des LANs welche vergibt.',
    missing: 'sein DHCP-REQUEST an den Server, der ihm eine Adresse gibt',
    cause:
      'Seine Firmware fügt das Angebot des DHCP-Servers (eine Adresse) und das eines ProxyDHCP (eine Startdatei) nicht zusammen: Sie wartet auf eines mit beidem.{others} Oder dieser Server hat keine Adresse für dieses Gerät.',
    remedy: [
      'Den DHCP-Server des Standorts die Startdatei nennen lassen (dhcp-boot in dnsmasq; docs/dhcp.md hat die Zeilen für jeden Server), dann: ./eims site set --dhcp off',
      'Nachsehen, dass der DHCP-Server keine Regel für seine MAC hat, und in seinem Bereich Adressen freigeben.',
      'Oder seine Firmware aktualisieren, oder es ohne sie starten: ./eims boot-media usb ZIEL (docs/boot-media.md).',
    ],
  },
  'heard-once': {
    says: 'Es fragte {times} nach einer Adresse und machte nicht weiter.',
    missing: 'sein DHCP-REQUEST an den Server, der ihm eine Adresse gibt',
    cause:
      'Es wurde ausgeschaltet oder an seiner Tastatur angehalten, seine Verbindung brach ab, oder etwas anderes hat es gestartet.{others} Firmware, die keine Adresse bekommt, fragt vier Mal und öfter.',
    remedy: [
      'Nachsehen, ob es an ist und was auf seinem Bildschirm steht; dann über das Netz neu starten.',
      'Endet das wieder hier: Kabel und Switch-Port ansehen, und ob der DHCP-Server eine Regel für seine MAC hat.',
    ],
  },
  'other-server': {
    says: 'Es nahm das Angebot von {server} und fragte nie auf Port 4011, wie ihm gesagt wurde.',
    missing: 'sein REQUEST auf UDP-Port 4011',
    cause:
      'Ein anderes Angebot gewann: Ein anderer PXE-Server dieses LANs antwortete (sein Name, seine Datei oder sein Menü steht auf dem Bildschirm des Geräts), oder der DHCP-Server {server} nennt selbst eine Startdatei. Oder UDP 4011 ist gesperrt.',
    remedy: [
      './eims doctor nennt andere PXE-Server: sie anhalten, oder ihnen dieses LAN nehmen.',
      'Im DHCP-Server {server} die Optionen 66 und 67 (next-server, filename) entfernen.',
      'UDP-Port 4011 (nicht TCP) zu diesem Server durchlassen.',
    ],
  },
  'no-tftp': {
    says: 'Es sollte {file} laden und las über TFTP keine Datei.',
    missing: 'eine Datei, über TFTP zu Ende gelesen',
    cause:
      'UDP-Port 69 kommt nicht durch (PXE-E18, PXE-E32, ein NBP mit 0 Bytes), die Firmware nahm die Datei eines anderen Servers, oder sie brach die Übertragung ab.',
    remedy: [
      'UDP-Port 69 zwischen Gerät und Server durchlassen, und die Antworten von anderen Ports des Servers; ./eims doctor nennt eigene Regeln, die sie verwerfen.',
      'Andere PXE-Server des LANs anhalten; ./eims doctor nennt sie.',
    ],
  },
  'no-http-boot': {
    says: 'Es sollte {file} über HTTP laden und holte es nicht.',
    missing: 'sein GET der Startdatei',
    cause:
      'Die Firmware bekam keine Adresse, ihre Einstellungen erlauben kein HTTP ohne TLS, oder TCP zu diesem Server ist gesperrt.',
    remedy: [
      'In den Einstellungen seiner Firmware HTTP-Verbindungen erlauben (Network, HTTP Boot), oder über PXE starten.',
      'Den TCP-Port der Geräte zu diesem Server durchlassen.',
    ],
  },
  'tftp-blocked': {
    says: 'Es fragte über TFTP nach {file} und bestätigte nichts von dem, was es bekam.',
    missing: 'seine Bestätigung des ersten Pakets',
    cause:
      'Die Antworten kommen von einem neuen Port, wie TFTP es will, und etwas dazwischen verwirft sie (PXE-E18, PXE-E32, PXE-E35, ein NBP mit 0 Bytes).',
    remedy: [
      'UDP von jedem Port dieses Servers zu den Geräten durchlassen.',
      'Wo das nicht geht, nur von Port 69 antworten: ./eims up --tftp-single-port',
    ],
  },
  'tftp-large-lost': {
    says: 'Es fragte über TFTP nach {file} und bestätigte den ersten vollen Block nie.',
    missing: 'seine Bestätigung des ersten Blocks',
    cause:
      'Große Pakete gehen zwischen Server und Gerät verloren: Der Weg fasst kleinere als die Schnittstelle dieses Servers (ein VLAN, ein Tunnel, ein Switch mit kleinerer MTU). Oder etwas verwirft die Antworten, die von einem neuen Port kommen, wie TFTP es will.',
    remedy: [
      'Nachsehen, welche Größe zu einem anderen Rechner jenes LANs durchkommt: ping -M do -s 1472 ADRESSE',
      'Der Schnittstelle dieses Servers die MTU des Weges geben (ip link set IF mtu N): Dann passen seine Blöcke.',
      'UDP von jedem Port dieses Servers zu den Geräten durchlassen, oder nur von Port 69 antworten: ./eims up --tftp-single-port',
    ],
  },
  'tftp-broke-off': {
    says: 'Seine TFTP-Übertragung von {file} brach ab: {reason}.',
    missing: 'die Bestätigungen der übrigen Datei',
    cause: 'Pakete gehen unterwegs verloren, oder ein Block ist größer, als die Leitung fasst.',
    remedy: ['Das Kabel, die Fehlerzähler des Switch-Ports und seine MTU ansehen.'],
  },
  'tftp-no-file': {
    says: 'Es fragte über TFTP nach {file}: {reason}.',
    cause:
      'Eine Regel für Startdateien, die eigene Startdatei des Geräts oder ein anderer DHCP-Server nennt eine Datei, die es auf diesem Server nicht gibt.',
    remedy: [
      'Die iPXE-Dateien neu ablegen: ./eims prepare',
      'Den Namen berichtigen: ./eims site show, ./eims nodes show {node}, und Option 67 des DHCP-Servers am Standort.',
    ],
  },
  'secure-boot': {
    says: 'Es las {file} ganz, und von diesem Programm wurde nie gehört.',
    missing: 'das erste Zeichen von iPXE',
    cause:
      'Secure Boot ist an und die Datei nicht signiert („Verification failed“, „Access denied“, „Security Violation“).',
    remedy: [
      'Noch einmal aus dem Netz starten oder den nächsten Weg der Firmware abwarten: Dann bekommt es Debians signierte Kette (docs/secure-boot.md), außer ./eims site show sagt bei „Secure Boot“, dass alle iPXE bekommen.',
      'Ist Secure Boot aus, diesem Gerät das andere iPXE geben: ./eims nodes set {node} --boot-file ipxe.efi',
    ],
  },
  'signed-chain-refused': {
    says: 'Es las {file} ganz, und was das startet, ließ nie von sich hören{before}.',
    missing: 'das erste Zeichen von GRUB',
    cause:
      'Seine Firmware traut keiner der UEFI-CAs von Microsoft für Programme anderer Hersteller, wie manche ab Werk, oder hat diesen Shim widerrufen.',
    remedy: [
      'Im Secure-Boot-Menü der Firmware die „Microsoft 3rd-party UEFI CA“ erlauben und neu starten.',
      'Oder Dateien verteilen, denen seine Schlüssel trauen: ./eims up --boot-files ORDNER',
      'Darf beides nicht sein: Secure Boot in der Firmware ausschalten.',
    ],
  },
  'binary-hangs': {
    says: 'Es las {file} ganz, und von diesem Programm wurde nie gehört.',
    missing: 'das erste Zeichen von iPXE',
    cause: 'iPXE verträgt sich nicht mit dem Netzwerk-ROM dieses Geräts, oder sein Anschluss verlor die Verbindung.',
    remedy: [
      'Auf den Bildschirm des Geräts sehen: Startet iPXE?',
      'Die Firmware auf UEFI-Start stellen, oder das ROM der Netzwerkkarte aktualisieren.',
    ],
  },
}
