import type { Board } from '@eims/contracts'
import { command } from '../command.ts'
import { clock, fields, table } from '../output.ts'
import { paint, type Screen } from '../screen.ts'
import { watch, watchFlag } from '../watch.ts'

/** What can change a board. */
const kinds = 'batch.*,import.*,registry.*,node.*,run.*,instance.*,agent.onboarded'

/** PURE: a board for a terminal. */
export function renderBoard(board: Board, screen?: Screen): string {
  const { batches, needy, standing, pace } = board
  const more = standing.failed + standing.unknown - needy.length
  const needs =
    needy.length === 0
      ? 'nobody needs a person\n'
      : table(
          ['NEEDS A PERSON', 'SERIAL', 'STATE', 'SINCE', 'REASON'],
          needy.map(({ name, serial, standing, since, reason }) => [name, serial, standing, clock(since), reason.text]),
          screen,
          {
            tints: { STATE: (state) => (state === 'failed' ? 'bad' : 'warn') },
            wrapLast: true,
            yields: ['SINCE', 'SERIAL'],
          },
        ) + (more > 0 ? `and ${more} more\n` : '')
  const rows = batches.map(({ name, counts, pace }) => [
    name,
    `${counts.passed} of ${counts.expected ?? counts.registered}`,
    counts.running,
    counts.failed,
    counts.missing,
    pace.lastHour,
    clock(pace.expectedEnd),
  ])
  const title = `${board.site}, ${clock(board.at)}\n`
  return [
    screen ? paint(title, 'bold', screen) : title,
    needs,
    ...(rows.length === 0
      ? []
      : [table(['BATCH', 'DONE', 'RUNNING', 'FAILED', 'MISSING', 'LAST HOUR', 'DONE AT'], rows, screen)]),
    fields(
      [
        ['done', `${board.done} of ${board.expected}`],
        ['working', standing.working],
        ['failed', standing.failed],
        ['missing', board.missing],
        ['unknown', standing.unknown],
        ['done within an hour', pace.lastHour],
        ['done at about', clock(pace.expectedEnd) ?? (pace.left === 0 ? null : 'no estimate yet')],
      ],
      screen,
    ),
  ].join('\n')
}

export const board = command({
  name: 'board',
  summary: 'what a screen on the wall shows: who needs a person, how far it is, how fast it goes',
  words: { usage: '[BATCH...]', what: 'batch', says: 'left out: the whole site', names: 'batch', least: 0, most: 12 },
  options: watchFlag,
  about: `In a browser: /board?batch=BATCH at the administrator's address. A screen signs in with a key of its own, which
opens nothing else: ./eims keys add "screen 1" --role board`,
  async run({ words, values, server, client, env, show }) {
    const query = words.length === 0 ? {} : { batch: words.join(',') }
    const read = () => client('getBoard', { query })
    if (values.watch)
      return watch({ read, render: renderBoard, plain: (all) => all, json: values.json, env, server, kinds })
    show(await read(), renderBoard)
  },
})
