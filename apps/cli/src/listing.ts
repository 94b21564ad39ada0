import { once } from 'node:events'
import { type Client, csvLine, guardedCell, nearest } from '@eims/contracts'
import { harmless, harmlessJson } from './harmless.ts'
import { type Cell, type Look, table, tableOf } from './output.ts'
import { type ItemOf, type ListRoute, type ListValues, limitOf, ofTotal, pages } from './pages.ts'
import { Refusal } from './refusal.ts'
import type { Screen, Tint } from './screen.ts'

/** One thing that a list tells of each item. */
export interface Column<T> {
  /** as --columns takes it; tables have it in capitals */
  name: string
  cell: (item: T) => Cell
  /** how a cell is coloured */
  tint?: (cell: string) => Tint | null
  /** shown with `-o wide`, or when --columns names it */
  wide?: true
  /** left out of a list in which it is empty throughout */
  rare?: true
  /** left out of a narrow terminal before anything of a name is cut; the one with the lowest number first */
  yields?: number
}

/** How a list is shown. */
export interface Listing<T> {
  /** what is said instead of an empty table */
  none: string
  columns: readonly Column<T>[]
  /** what `-o name` prints; as a rule it names the thing for other verbs */
  nameOf: (item: T) => string
  /** what `-o yaml` prints, where a verb takes it: a document that `eims apply` reads */
  yamlOf?: (item: T) => string
  /** how many are shown when neither --limit nor --all is given */
  usual?: number
}

const formats = ['wide', 'json', 'csv', 'name'] as const

/**
 * How what is listed is printed, for every verb that lists.
 * @param columns some of that list, as --columns takes them
 */
export const formatFlags = (columns: string) =>
  ({
    output: {
      type: 'string',
      short: 'o',
      value: 'FORMAT',
      oneOf: formats,
      says: 'wide (more columns), json, csv (with a header) or name (one a line)',
    },
    columns: { type: 'string', value: 'NAMES', says: `these columns, e.g. ${columns}` },
  }) as const

export interface FormatValues {
  output?: string | undefined
  columns?: string | undefined
  json?: boolean | undefined
}

/** What is on its way to becoming an item of a list. */
interface Coming {
  /** for JSON: in the same array, after the items */
  items: readonly object[]
  /** for people: below the table */
  text: string
}

interface Printing {
  client: Client
  values: ListValues & FormatValues
  screen: Screen
}

/**
 * Prints a list a page at a time, so that it may be of any length. What remains is said below a table, and for programs
 * on standard error.
 * @param coming asked for where it can be told: by a table and by JSON
 * @returns how many were shown, without what is coming
 * @throws Refusal for flags that do not go together
 */
export async function printList<N extends ListRoute>(
  { client, values, screen }: Printing,
  route: N,
  listing: Listing<ItemOf<N>>,
  coming?: () => Promise<Coming>,
): Promise<number> {
  const written = writerFor(listing, values, screen)
  let shown = 0
  let total = 0
  for await (const page of pages(client, route, values, limitOf(values, listing.usual))) {
    ;({ total } = page)
    shown += page.items.length
    await put(written.page(page.items, page.last && shown === page.items.length))
  }
  const more = written.forPeople || written.asJson ? await coming?.() : undefined
  if (more && written.asJson) await put(written.page(more.items as ItemOf<N>[], true))
  await put(written.end)
  const rest = ofTotal(shown, total)
  if (written.forPeople) await put(rest + (more?.text ?? ''))
  else if (rest) process.stderr.write(`eims: ${rest}`)
  return shown
}

/** A whole list as a table. */
export function renderList<T>(items: T[], listing: Listing<T>, values: FormatValues, screen?: Screen): string {
  if (items.length === 0) return listing.none
  const columns = columnsOf(listing, values, items)
  return table(headerOf(columns), rowsOf(items, columns), screen, lookOf(columns))
}

/** @throws Refusal when anything but a table was asked for */
export function refuseFormat({ output }: FormatValues, flag: string): void {
  if (output === 'csv' || output === 'name' || output === 'yaml')
    throw new Refusal(`-o ${output} and --${flag} do not go together`, 2)
}

interface Writer<T> {
  /** @param whole these are all there are */
  page: (items: T[], whole: boolean) => string
  end: string
  forPeople: boolean
  asJson?: true
}

function writerFor<T>(listing: Listing<T>, values: FormatValues, screen: Screen): Writer<T> {
  const { output } = values
  if (values.json || output === 'json') {
    if (values.columns) throw new Refusal('--columns is for tables and CSV, and not for JSON', 2)
    return jsonWriter()
  }
  const { yamlOf } = listing
  if (output === 'yaml' && yamlOf) return { page: (items) => items.map(yamlOf).join(''), end: '', forPeople: false }
  if (output === 'name')
    return {
      page: (items) => items.map((item) => `${harmless(listing.nameOf(item))}\n`).join(''),
      end: '',
      forPeople: false,
    }
  // A wrong name of a column is reported even when nothing is listed.
  const columns = columnsOf(listing, values)
  if (output === 'csv') {
    let header: string[] | null = columns.map(({ name }) => name)
    return {
      page(items) {
        const rows = [...(header ? [header] : []), ...rowsOf(harmless(items), columns)]
        header = null
        return rows.map((row) => `${csvLine(row.map((cell) => guardedCell(String(cell ?? ''))))}\n`).join('')
      },
      end: '',
      forPeople: false,
    }
  }
  let print: ((rows: Cell[][]) => string) | undefined
  let shown = columns
  return {
    page(items, whole) {
      if (!print && items.length === 0) return listing.none
      if (!print) {
        shown = columnsOf(listing, values, whole ? items : undefined)
        print = tableOf(headerOf(shown), screen, lookOf(shown))
      }
      return print(rowsOf(harmless(items), shown))
    },
    end: '',
    forPeople: true,
  }
}

/** The same text as JSON.stringify makes of the whole array, with two spaces. */
function jsonWriter<T>(): Writer<T> {
  let before = '['
  return {
    page: (items) =>
      items
        .map((item) => {
          const text = `${before}\n  ${harmlessJson(item, 2).replaceAll('\n', '\n  ')}`
          before = ','
          return text
        })
        .join(''),
    get end() {
      return before === '[' ? '[]\n' : '\n]\n'
    },
    forPeople: false,
    asJson: true,
  }
}

/** @param items when they are all there are: columns that are rarely needed and empty in all of them are left out */
function columnsOf<T>(
  { columns }: Listing<T>,
  { output, columns: named }: FormatValues,
  items?: T[],
): readonly Column<T>[] {
  if (named === undefined) {
    const wide = output === 'wide' || output === 'csv'
    const usual = columns.filter((each) => wide || !each.wide)
    return items && !wide ? usual.filter(({ rare, cell }) => !rare || items.some((item) => cell(item))) : usual
  }
  const names = columns.map(({ name }) => name)
  return named.split(',').map((word) => {
    const name = word.trim().toLowerCase()
    const found = columns.find((column) => column.name === name)
    if (found) return found
    const meant = nearest(name, names)
    throw new Refusal(
      `--columns: there is no column "${name}"; ${meant ? `did you mean ${meant}?` : `there are ${names.join(', ')}`}`,
      2,
    )
  })
}

const titleOf = ({ name }: { name: string }) => name.toUpperCase().replaceAll('-', ' ')
const headerOf = (columns: readonly { name: string }[]) => columns.map(titleOf)
const rowsOf = <T>(items: T[], columns: readonly Column<T>[]) =>
  items.map((item) => columns.map(({ cell }) => cell(item)))

function lookOf<T>(columns: readonly Column<T>[]): Look {
  const yielding = columns.filter(({ yields }) => yields !== undefined)
  return {
    tints: Object.fromEntries(columns.flatMap((each) => (each.tint ? [[titleOf(each), each.tint]] : []))),
    yields: headerOf(yielding.toSorted((a, b) => a.yields! - b.yields!)),
  }
}

/** Waits for whoever reads: a list may be larger than memory. */
async function put(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}
