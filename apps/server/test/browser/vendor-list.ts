/** A cell of the vendor's list that somebody got wrong, and what it says when it is mended; `none`: nothing of it is. */
export interface Mistake {
  /** number of its line in the file */
  row: number
  column: string
  code: string
  mended: string
}

const HEADER = [
  'Seriennummer',
  'MAC-Adresse',
  'Hersteller',
  'Modell',
  'Rechnername',
  'OS-Profil',
  'Secure',
  'Metadata',
  'Lagerplatz',
]
/** Above the header stand the title of the delivery note, and an empty line. */
const ABOVE = 3
const MACHINES = 40

const serialOf = (number: number) => String(4_700_100 + number * 13).padStart(10, '0')
const macOf = (number: number) => `3C-EC-EF-10-20-${number.toString(16).padStart(2, '0').toUpperCase()}`

const wrong: [number: number, column: string, cell: string, code: string][] = [
  [2, 'Seriennummer', 'To be filled by O.E.M.', 'placeholder'],
  [4, 'Seriennummer', '4700152', 'lost-zeros'],
  [6, 'Seriennummer', '4,70018E+09', 'invalid-serial'],
  [8, 'Seriennummer', 'S/N: 0004700204', 'prefix'],
  [10, 'MAC-Adresse', '3C-EC-EF-10-20-ZZ', 'invalid-mac'],
  [12, 'MAC-Adresse', '=C13', 'formula'],
  [14, 'Rechnername', 'prüf stand 14', 'invalid-name'],
  [16, 'OS-Profil', 'edge-nodes-12', 'unknown-profile'],
  [18, 'Secure', 'vielleicht', 'invalid-secure'],
  [20, 'Metadata', 'Halle 4', 'invalid-metadata'],
  [22, 'Seriennummer', serialOf(21), 'duplicate-in-file'],
  [24, 'Hersteller', '#BEZUG!', 'spreadsheet-error'],
]

/** Forty machines as a German vendor sends them: Windows-1252, semicolons, a title above, and a dozen mistakes. */
export function vendorList(profile: string): { file: Buffer; mistakes: Mistake[]; good: number } {
  const right = (number: number): Record<string, string> => ({
    Seriennummer: serialOf(number),
    'MAC-Adresse': macOf(number),
    Hersteller: 'Supermicro',
    Modell: 'SYS-E100-13AD',
    Rechnername: `halle4-${String(number).padStart(2, '0')}`,
    'OS-Profil': profile,
    Secure: 'false',
    Metadata: `rack=R${1 + (number % 6)}`,
    Lagerplatz: `Regal ${1 + (number % 4)}`,
  })
  const rows = Array.from({ length: MACHINES }, (_, number) => {
    const cells = right(number)
    for (const [of, column, cell] of wrong) if (of === number) cells[column] = cell
    return HEADER.map((name) => cells[name]).join(';')
  })
  const text = ['Lieferschein 2026-0412;;;;;;;;', '', HEADER.join(';'), ...rows, ''].join('\r\n')
  const mistakes = wrong.map(([number, column, , code]) => ({
    row: ABOVE + 1 + number,
    column,
    code,
    mended: right(number)[column]!,
  }))
  return { file: Buffer.from(text, 'latin1'), mistakes, good: MACHINES - wrong.length }
}
