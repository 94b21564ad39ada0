import { spoken } from './spoken.ts'

/** What the list of nodes says of views: what somebody looks for again and again. */
export const viewsWords = spoken(
  {
    views: 'Views',
    ready: 'For every hall',
    own: 'Yours, in this browser',
    noOwn: 'None yet. Set the list as you like it, and give it a name.',
    name: 'Name',
    save: 'Save this view',
    saveHelp: 'Search, state, batch, order and columns. To send it to somebody, send the address.',
    remove: (name: string) => `Delete the view ${name}`,
    removed: (name: string) => `The view “${name}” is deleted.`,
    saved: (name: string) => `The view “${name}” is saved in this browser.`,
    taken: 'There is a view of this name. Saving it takes its place.',
    full: (most: string) => `There are ${most} already: delete one first.`,
    readyNames: {
      failedToday: 'Failed today',
      waitingLongest: 'Waiting longest',
      unknown: 'Nobody registered',
      noProfile: 'No profile of their own',
    },
  },
  {
    views: 'Ansichten',
    ready: 'Für jede Halle',
    own: 'Ihre, in diesem Browser',
    noOwn: 'Noch keine. Liste einstellen, wie sie sein soll, und einen Namen geben.',
    name: 'Name',
    save: 'Diese Ansicht sichern',
    saveHelp: 'Suche, Zustand, Los, Reihenfolge und Spalten. Zum Weitergeben genügt die Adresse der Seite.',
    remove: (name: string) => `Ansicht ${name} löschen`,
    removed: (name: string) => `Die Ansicht „${name}“ ist gelöscht.`,
    saved: (name: string) => `Die Ansicht „${name}“ ist in diesem Browser gesichert.`,
    taken: 'Eine Ansicht dieses Namens gibt es. Sichern ersetzt sie.',
    full: (most: string) => `Es sind schon ${most}: erst eine löschen.`,
    readyNames: {
      failedToday: 'Heute gescheitert',
      waitingLongest: 'Warten am längsten',
      unknown: 'Niemand hat sie erfasst',
      noProfile: 'Ohne eigenes Profil',
    },
  },
)
