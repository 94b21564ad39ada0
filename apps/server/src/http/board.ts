import { type Board, batchesIn } from '@eims/contracts'
import { type Db, storedBoard } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { withWaiting } from '../engine/waiting.ts'
import { briefly } from './briefly.ts'
import { serve } from './routes.ts'

/**
 * `GET /api/v1/board`: all that a screen on the wall shows, by three statements for however many screens.
 * @param now milliseconds; any clock that runs on
 */
export function boardRoutes(app: FastifyInstance, db: Db, now: () => number): void {
  const kept = briefly<Board>(now)
  const take = async (refs: string[] | null): Promise<Board> => {
    const board = await storedBoard(db, refs)
    const needy = await withWaiting(db, board.needy)
    return {
      ...board,
      needy: needy.map(({ waiting, ...machine }) => ({ ...machine, reason: waiting ?? machine.reason })),
    }
  }
  serve(app, 'getBoard', ({ query }) => {
    const names = batchesIn(query.batch ?? '')
    return kept(names.join(','), () => take(names.length === 0 ? null : names))
  })
}
