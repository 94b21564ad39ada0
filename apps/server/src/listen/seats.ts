import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Place, type PlaceLimits, Places } from './places.ts'

/** A listener's connections by who may stay. */
interface Seats {
  /** whether this request came by a connection that there is no room for */
  isTurnedAway(request: IncomingMessage): boolean
  /** a request has begun: from its last byte to the end of its reply its connection is busy */
  take(request: IncomingMessage, response: ServerResponse): void
}

const wholes = new WeakMap<IncomingMessage, () => void>()

/** Counts the rest of a request as there: an upload that was let in is no connection that keeps still. */
export const countsAsWhole = (request: IncomingMessage): void => wholes.get(request)?.()

/** Gives the connections of a server their places (places.ts), over TLS as well. */
export function seatConnections(
  server: Server,
  limits: PlaceLimits,
  onFull: (what: 'gaveWay' | 'refused') => void,
): Seats {
  const places = new Places(limits, onFull)
  // A request over TLS comes by another socket object than the connection; both know the same two ends.
  const byEnds = new Map<string, Place>()
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    if (remoteAddress === undefined) return void socket.destroy()
    const ends = endsOf(socket)
    const place = places.enter(remoteAddress, () => socket.destroy())
    byEnds.set(ends, place)
    socket.once('close', () => {
      places.leave(place)
      if (byEnds.get(ends) === place) byEnds.delete(ends)
    })
  })
  const placeOf = ({ socket }: IncomingMessage) => byEnds.get(endsOf(socket))
  return {
    isTurnedAway: (request) => placeOf(request)?.turnedAway ?? false,
    take(request, response) {
      const place = placeOf(request)
      if (!place) return
      let isWhole = false
      const whole = () => {
        if (isWhole || response.closed) return
        isWhole = true
        places.begins(place)
      }
      response.once('close', () => isWhole && places.ends(place))
      wholes.set(request, whole)
      const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
      if (length === '0' && coding === undefined) whole()
      else request.once('end', whole)
    },
  }
}

const endsOf = ({ localAddress, localPort, remoteAddress, remotePort }: Socket) =>
  `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
