import { spoken } from './spoken.ts'

const list = (values: readonly string[], and: string) =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} ${and} ${values.at(-1)}`

/** What the page of unknown machines and those in quarantine says. */
export const unknownWords = spoken(
  {
    title: 'Unknown and in quarantine',
    policies: {
      'default-profile': (profile: string) =>
        `Until somebody decides, a machine that nobody registered gets the profile ${profile} where its disks are blank.`,
      hold: () => 'Until somebody decides, a machine that nobody registered waits in the Micro-OS. Nothing is written.',
      refuse: () => 'Until somebody decides, a machine that nobody registered is sent to its own disk.',
    },
    nothing: 'Nobody is unknown',
    nothingHelp: 'A machine that nobody registered, or whose identity fits several, appears here when it boots.',

    conflicts: (count: string) => (count === '1' ? 'One machine in quarantine' : `${count} machines in quarantine`),
    conflictsHelp:
      'Nobody can tell which machine each is. It waits in the Micro-OS, and nothing is written to its disk.',
    more: (count: string) => `${count} more were not looked at.`,
    machine: (name: string) => `Machine ${name}`,
    nameless: 'Machine that says nothing of its own',
    heard: 'Heard',
    refusedNow: 'Refused: the next time it boots from the network it is told no.',
    compared: 'What the machine says beside what is on record',
    says: 'The machine says',
    other: 'The other machine says',
    notSaid: 'does not say',
    notOnRecord: 'not on record',
    same: 'same',
    differs: 'differs',
    nothingToKnowBy: 'identifies nothing',
    notConfirmed: 'not confirmed',
    registered: 'registered',
    stranger: 'appeared by itself',
    rows: { serial: 'Serial', uuid: 'UUID', mac: 'MAC', maker: 'Maker' },

    ways: 'What it can be',
    adminOnly: 'An administrator decides that.',
    changedMeanwhile: 'It was changed meanwhile, and is read anew: look once more, and then decide.',
    reason: 'Reason',
    reasonHelp: 'In a few words; it stands in the audit log.',
    way: {
      merge: {
        act: 'Merge',
        title: (into: string, from: readonly string[]) => `It is ${into}, and so is ${list(from, 'and')}`,
        means: (into: string, from: readonly string[]) =>
          `${into} gets the identifiers, runs and timeline of ${list(from, 'and')}, which is no more then. The machine goes on as ${into} by itself. Splitting it later gives the identifiers back, and not the history.`,
        done: (into: string) => `The machine is ${into} now.`,
      },
      share: {
        act: 'They share it',
        title: (node: string, values: readonly string[]) =>
          `It is ${node}: ${list(values, 'and')} stands in several boards`,
        means: (node: string, values: readonly string[], others: readonly string[]) =>
          `${list(values, 'and')} identifies no machine of this site from now on (Settings). ${list(others, 'and')} is known by what else is on its record, and this machine goes on as ${node} by itself.`,
        done: (values: readonly string[]) => `${list(values, 'and')} identifies none from now on.`,
      },
      split: {
        act: 'Split',
        title: (node: string) => `It is another machine than ${node}`,
        means: (node: string, values: readonly string[]) =>
          `${list(values, 'and')} goes from ${node} to a new node of the same batch and profile, and the machine goes on as that one. The history stays with ${node}.`,
        done: (node: string) => `The machine is a node of its own, split off ${node}.`,
      },
      claimThis: {
        act: 'It is this one',
        title: (node: string) => `${node} is this machine`,
        means: (node: string, mac: string) =>
          `Only the machine with ${mac} is ${node} from now on. It goes on by itself; any other one waits, also while this one is off.`,
        done: (node: string) => `${node} is the machine that waited.`,
      },
      claimOther: {
        act: 'It is the other one',
        title: (node: string) => `${node} is the other machine`,
        means: (node: string, mac: string) =>
          `Only the machine with ${mac} is ${node} from now on. This one goes on waiting, whenever it boots.`,
        done: (node: string) => `${node} stays with the other machine.`,
      },
      unclaim: {
        act: 'Take it back',
        title: (node: string) => `${node} is whichever comes`,
        means: (node: string, mac: string) =>
          `Somebody said that only the machine with ${mac} is ${node}. That is taken back; while both are on, the one that was first keeps it.`,
        done: (node: string) => `${node} is whichever machine comes.`,
      },
      correct: {
        act: 'Correct',
        title: (node: string) => `It is ${node}, with another board`,
        means: (node: string, values: readonly string[]) =>
          `${node} gets ${list(values, 'and')} in the place of what was on record, and the machine goes on as ${node}.`,
        done: (node: string) => `The record of ${node} is corrected.`,
      },
      free: {
        act: 'Take it off',
        title: () => 'It is a dock’s or an adapter’s MAC',
        means: (node: string, values: readonly string[]) =>
          `${list(values, 'and')} is taken off ${node}. Whoever boots through it is known by serial and UUID from now on.`,
        done: (node: string) => `The MAC is taken off ${node}.`,
      },
      confirm: {
        act: 'Confirm',
        title: (node: string) => `It is ${node}`,
        means: (node: string, values: readonly string[]) =>
          `${list(values, 'and')}, which a machine added by itself, counts as the word of a person. This machine goes on as ${node}.`,
        done: (node: string) => `What was said of ${node} is confirmed.`,
      },
      forget: {
        act: 'Forget',
        title: (node: string) => `It is another machine than ${node}`,
        means: (node: string, values: readonly string[]) =>
          `${list(values, 'and')}, which the machine of ${node} added by itself, is taken off its record. This one appears as unknown.`,
        done: (node: string) => `What the machine of ${node} had added is forgotten.`,
      },
      register: {
        act: 'Register',
        title: () => 'It is a machine of its own',
        means: () => 'It is registered with its serial and maker, and goes on as a new node.',
        done: () => 'The machine is registered.',
      },
      refuse: {
        act: 'Refuse',
        title: () => 'It has no business here',
        means: (mac: string) =>
          `A node with ${mac} is made that may not boot from the network. Until it is switched off the machine waits; the next time it boots it is told no, and goes on to its disk or stands still.`,
        done: () => 'The machine is refused from its next boot on.',
      },
    },
    leave: 'Leave it',
    leaveMeans: 'It goes on waiting in the Micro-OS, and nothing is written. It is judged anew whenever it boots.',
    manyAlike:
      'If many boards say the same serial or UUID, an administrator takes it out of the game: ./eims site set --shared ID. Each is then known by its MACs.',

    strangers: 'Nobody registered',
    strangersHelp: 'They booted from the network by themselves.',
    noStrangers: 'None: whatever booted from the network is registered or refused.',
    working: (count: string) =>
      count === '1'
        ? 'One more got the default profile by itself'
        : `${count} more got the default profile by themselves`,
    inList: 'All in the list of nodes',
    tick: (name: string) => `Choose ${name}`,
    tickAll: 'Choose all that are shown',
    columns: { machine: 'Machine', known: 'Known by', heard: 'Last heard', reason: 'Now' },
    noSerial: 'says no serial',
    adopt: 'Adopt',
    adoptMany: (count: string) => `Adopt ${count}`,
    adoptTitle: (name: string) => `Adopt ${name}`,
    adoptManyTitle: (count: string) => `Adopt ${count} machines`,
    adoptHelp: 'It counts as registered from now on, and gets its profile as any of yours does: at once if it waits.',
    adoptManyHelp: 'They count as registered from now on, each by the name that it has. That cannot be undone here.',
    name: 'Name',
    nameHelp: 'Its host name, too.',
    serial: 'Serial',
    serialHelp: 'Its firmware says none; as it is printed on the machine.',
    batch: 'Batch',
    profile: 'Profile',
    noBatch: 'none',
    siteProfile: 'the site’s default',
    adopted: (count: string) => (count === '1' ? 'Adopted.' : `${count} adopted.`),
    refuse: 'Refuse',
    refuseMany: (count: string) => `Refuse ${count}`,
    refuseTitle: (name: string) => `Refuse ${name}?`,
    refuseManyTitle: (count: string) => `Refuse ${count} machines?`,
    refuseHelp:
      'The next time it boots from the network it is told no, with the reason, and goes on to its disk or stands still. It stays listed as refused until somebody lets it boot again.',
    refused: (count: string) => (count === '1' ? 'Refused.' : `${count} refused.`),
    forget: 'Forget',
    forgetMany: (count: string) => `Forget ${count}`,
    forgetTitle: (name: string) => `Forget ${name}?`,
    forgetManyTitle: (count: string) => `Forget ${count} machines?`,
    forgetHelp:
      'Its timeline goes with it. The next time it boots from the network it appears here again, as one that was never seen.',
    forgotten: (count: string) => (count === '1' ? 'Forgotten.' : `${count} forgotten.`),
    notAll: (done: string, failed: string, why: string) => `${done} done, ${failed} not: ${why}`,
    refusedTitle: 'Refused',
    refusedHelp: 'They may not boot from the network.',
    letBoot: 'Let it boot',
    letBootTitle: (name: string) => `Let ${name} boot from the network?`,
    letBootHelp: 'The next time it boots it is answered as any other machine.',
    mayBoot: (name: string) => `${name} may boot again.`,
  },
  {
    title: 'Unbekannt und in Quarantäne',
    policies: {
      'default-profile': (profile) =>
        `Bis jemand entscheidet, bekommt ein Gerät, das niemand erfasst hat, das Profil ${profile}, wenn seine Datenträger leer sind.`,
      hold: () =>
        'Bis jemand entscheidet, wartet ein Gerät, das niemand erfasst hat, im Micro-OS. Geschrieben wird nichts.',
      refuse: () =>
        'Bis jemand entscheidet, wird ein Gerät, das niemand erfasst hat, auf seinen eigenen Datenträger verwiesen.',
    },
    nothing: 'Niemand ist unbekannt',
    nothingHelp:
      'Ein Gerät, das niemand erfasst hat oder dessen Identität auf mehrere passt, erscheint hier, sobald es startet.',

    conflicts: (count) => (count === '1' ? 'Ein Gerät in Quarantäne' : `${count} Geräte in Quarantäne`),
    conflictsHelp:
      'Niemand kann sagen, welches Gerät es ist. Es wartet im Micro-OS, und auf seinen Datenträger wird nichts geschrieben.',
    more: (count) => `${count} weitere wurden nicht angesehen.`,
    machine: (name) => `Gerät ${name}`,
    nameless: 'Gerät, das nichts Eigenes sagt',
    heard: 'Gehört',
    refusedNow: 'Abgewiesen: Beim nächsten Netzstart bekommt es ein Nein.',
    compared: 'Was das Gerät sagt, neben dem, was erfasst ist',
    says: 'Das Gerät sagt',
    other: 'Das andere Gerät sagt',
    notSaid: 'sagt es nicht',
    notOnRecord: 'nicht erfasst',
    same: 'gleich',
    differs: 'anders',
    nothingToKnowBy: 'kennzeichnet nichts',
    notConfirmed: 'nicht bestätigt',
    registered: 'erfasst',
    stranger: 'von selbst erschienen',
    rows: { serial: 'Seriennummer', uuid: 'UUID', mac: 'MAC', maker: 'Hersteller' },

    ways: 'Was es sein kann',
    adminOnly: 'Das entscheidet ein Administrator.',
    changedMeanwhile: 'Es wurde inzwischen geändert und ist neu gelesen: noch einmal ansehen, dann entscheiden.',
    reason: 'Grund',
    reasonHelp: 'In wenigen Worten; er steht im Prüfprotokoll.',
    way: {
      merge: {
        act: 'Zusammenführen',
        title: (into, from) => `Es ist ${into}, und ${list(from, 'und')} ist es auch`,
        means: (into, from) =>
          `${into} bekommt Kennungen, Läufe und Verlauf von ${list(from, 'und')}; das gibt es danach nicht mehr. Das Gerät macht von selbst als ${into} weiter. Trennen gibt später die Kennungen zurück, den Verlauf nicht.`,
        done: (into) => `Das Gerät ist jetzt ${into}.`,
      },
      share: {
        act: 'Steht in mehreren',
        title: (node, values) => `Es ist ${node}: ${list(values, 'und')} steht in mehreren Platinen`,
        means: (node, values, others) =>
          `${list(values, 'und')} kennzeichnet ab jetzt kein Gerät dieses Standorts mehr (Einstellungen). ${list(others, 'und')} wird an dem erkannt, was sonst erfasst ist, und dieses Gerät macht von selbst als ${node} weiter.`,
        done: (values) => `${list(values, 'und')} kennzeichnet ab jetzt keines.`,
      },
      split: {
        act: 'Trennen',
        title: (node) => `Es ist ein anderes Gerät als ${node}`,
        means: (node, values) =>
          `${list(values, 'und')} geht von ${node} an ein neues mit demselben Los und Profil, und das Gerät macht als dieses weiter. Der Verlauf bleibt bei ${node}.`,
        done: (node) => `Das Gerät ist von ${node} getrennt und steht für sich.`,
      },
      claimThis: {
        act: 'Dieses ist es',
        title: (node) => `${node} ist dieses Gerät`,
        means: (node, mac) =>
          `Ab jetzt ist nur das Gerät mit ${mac} ${node}. Es macht von selbst weiter; jedes andere wartet, auch wenn dieses aus ist.`,
        done: (node) => `${node} ist das Gerät, das gewartet hat.`,
      },
      claimOther: {
        act: 'Das andere ist es',
        title: (node) => `${node} ist das andere Gerät`,
        means: (node, mac) => `Ab jetzt ist nur das Gerät mit ${mac} ${node}. Dieses wartet weiter, sooft es startet.`,
        done: (node) => `${node} bleibt beim anderen Gerät.`,
      },
      unclaim: {
        act: 'Zurücknehmen',
        title: (node) => `${node} ist, was kommt`,
        means: (node, mac) =>
          `Jemand hat gesagt, dass nur das Gerät mit ${mac} ${node} ist. Das wird zurückgenommen; sind beide an, behält es das erste.`,
        done: (node) => `${node} ist wieder, was kommt.`,
      },
      correct: {
        act: 'Berichtigen',
        title: (node) => `Es ist ${node}, mit anderer Platine`,
        means: (node, values) =>
          `${node} bekommt ${list(values, 'und')} anstelle dessen, was erfasst ist, und das Gerät macht als ${node} weiter.`,
        done: (node) => `${node} ist berichtigt.`,
      },
      free: {
        act: 'Wegnehmen',
        title: () => 'Die MAC gehört einem Dock oder Adapter',
        means: (node, values) =>
          `${list(values, 'und')} wird ${node} weggenommen. Was darüber startet, wird künftig an Seriennummer und UUID erkannt.`,
        done: (node) => `Die MAC ist ${node} weggenommen.`,
      },
      confirm: {
        act: 'Bestätigen',
        title: (node) => `Es ist ${node}`,
        means: (node, values) =>
          `${list(values, 'und')}, von einem Gerät selbst hinzugefügt, gilt als das Wort einer Person. Dieses Gerät macht als ${node} weiter.`,
        done: (node) => `Was zu ${node} gesagt wurde, ist bestätigt.`,
      },
      forget: {
        act: 'Vergessen',
        title: (node) => `Es ist ein anderes Gerät als ${node}`,
        means: (node, values) =>
          `${list(values, 'und')}, vom Gerät ${node} selbst hinzugefügt, wird dort gestrichen. Dieses erscheint als unbekannt.`,
        done: (node) => `Was das Gerät ${node} hinzugefügt hatte, ist vergessen.`,
      },
      register: {
        act: 'Erfassen',
        title: () => 'Es ist ein Gerät für sich',
        means: () => 'Es wird mit Seriennummer und Hersteller erfasst und macht als neues weiter.',
        done: () => 'Das Gerät ist erfasst.',
      },
      refuse: {
        act: 'Abweisen',
        title: () => 'Es hat hier nichts zu suchen',
        means: (mac) =>
          `Erfasst wird ein Gerät mit ${mac}, das nicht über das Netz starten darf. Bis es ausgeschaltet wird, wartet es; beim nächsten Start bekommt es ein Nein und geht auf seinen Datenträger oder bleibt stehen.`,
        done: () => 'Das Gerät wird ab dem nächsten Start abgewiesen.',
      },
    },
    leave: 'So lassen',
    leaveMeans: 'Es wartet weiter im Micro-OS, und geschrieben wird nichts. Bei jedem Start wird neu entschieden.',
    manyAlike:
      'Sagen viele Platinen dieselbe Seriennummer oder UUID, nimmt ein Administrator sie aus dem Spiel: ./eims site set --shared ID. Jedes Gerät wird dann an seinen MACs erkannt.',

    strangers: 'Von niemandem erfasst',
    strangersHelp: 'Sie sind von selbst über das Netz gestartet.',
    noStrangers: 'Keines: Was über das Netz gestartet ist, ist erfasst oder abgewiesen.',
    working: (count) =>
      count === '1'
        ? 'Eines mehr hat von selbst das Standardprofil bekommen'
        : `${count} weitere haben von selbst das Standardprofil bekommen`,
    inList: 'Alle in der Liste der Geräte',
    tick: (name) => `${name} auswählen`,
    tickAll: 'Alle gezeigten auswählen',
    columns: { machine: 'Gerät', known: 'Erkannt an', heard: 'Zuletzt gehört', reason: 'Jetzt' },
    noSerial: 'sagt keine Seriennummer',
    adopt: 'Übernehmen',
    adoptMany: (count) => `${count} übernehmen`,
    adoptTitle: (name) => `${name} übernehmen`,
    adoptManyTitle: (count) => `${count} Geräte übernehmen`,
    adoptHelp: 'Es gilt ab jetzt als erfasst und bekommt sein Profil wie jedes andere: sofort, wenn es darauf wartet.',
    adoptManyHelp:
      'Sie gelten ab jetzt als erfasst, jedes unter dem Namen, den es hat. Hier lässt sich das nicht zurücknehmen.',
    name: 'Name',
    nameHelp: 'Auch sein Hostname.',
    serial: 'Seriennummer',
    serialHelp: 'Seine Firmware sagt keine; so, wie sie auf dem Gerät steht.',
    batch: 'Los',
    profile: 'Profil',
    noBatch: 'keines',
    siteProfile: 'Standard des Standorts',
    adopted: (count) => (count === '1' ? 'Übernommen.' : `${count} übernommen.`),
    refuse: 'Abweisen',
    refuseMany: (count) => `${count} abweisen`,
    refuseTitle: (name) => `${name} abweisen?`,
    refuseManyTitle: (count) => `${count} Geräte abweisen?`,
    refuseHelp:
      'Beim nächsten Netzstart bekommt es ein Nein mit Grund und geht auf seinen Datenträger oder bleibt stehen. Es steht hier als abgewiesen, bis jemand es wieder starten lässt.',
    refused: (count) => (count === '1' ? 'Abgewiesen.' : `${count} abgewiesen.`),
    forget: 'Vergessen',
    forgetMany: (count) => `${count} vergessen`,
    forgetTitle: (name) => `${name} vergessen?`,
    forgetManyTitle: (count) => `${count} Geräte vergessen?`,
    forgetHelp:
      'Sein Verlauf geht mit verloren. Beim nächsten Netzstart erscheint es hier wieder, als eines, das noch nie da war.',
    forgotten: (count) => (count === '1' ? 'Vergessen.' : `${count} vergessen.`),
    notAll: (done, failed, why) => `${done} erledigt, ${failed} nicht: ${why}`,
    refusedTitle: 'Abgewiesen',
    refusedHelp: 'Sie dürfen nicht über das Netz starten.',
    letBoot: 'Starten lassen',
    letBootTitle: (name) => `${name} wieder über das Netz starten lassen?`,
    letBootHelp: 'Beim nächsten Start wird ihm geantwortet wie jedem anderen.',
    mayBoot: (name) => `${name} darf wieder starten.`,
  },
)
