import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Event } from '@eims/contracts'
import { until } from '@eims/lab'
import type { Test } from 'tap'

export interface Delivery {
  /** `webhook-id` and the rest of them */
  headers: Record<string, string>
  body: string
  event: Event
}

export interface Receiver {
  url: string
  deliveries: Delivery[]
  /** the most requests that were under way at the same time */
  atOnce: number
  /** answers each delivery; 204 unless it is set */
  answer: (response: ServerResponse, delivery: Delivery) => unknown
  /** resolves when so many deliveries came */
  until: (count: number) => Promise<void>
}

/** An HTTP server on loopback that takes webhooks. */
export async function openReceiver(t: Test): Promise<Receiver> {
  let underWay = 0
  const receiver: Receiver = {
    url: '',
    deliveries: [],
    atOnce: 0,
    answer: (response) => response.writeHead(204).end(),
    until: async (count) => void (await until(() => receiver.deliveries.length >= count)),
  }
  const server = createServer(async (request: IncomingMessage, response) => {
    receiver.atOnce = Math.max(receiver.atOnce, ++underWay)
    response.once('close', () => underWay--)
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    const delivery = { headers: request.headers as Record<string, string>, body, event: JSON.parse(body) as Event }
    receiver.deliveries.push(delivery)
    await receiver.answer(response, delivery)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=1`
  return receiver
}
