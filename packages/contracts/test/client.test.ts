import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createClient, invalidInput, NodeInput, ProblemError, toProblem } from '../src/index.ts'

await t.test('a call fills the path, sends the key, and parses the reply; a problem is thrown as one', async (t) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    if (request.url?.includes('nobody')) {
      response.statusCode = 404
      return response.end(JSON.stringify(toProblem(new ProblemError('not-found', 'there is no node nobody'))))
    }
    if (request.url?.includes('broken')) {
      response.statusCode = 502
      return response.end('<html>')
    }
    return response.end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((done) => server.once('listening', done))
  const client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'key' })
  t.equal(await client('deleteNode', { params: { id: 'a/b c' } }), null)
  t.strictSame(asked, ['DELETE /api/v1/nodes/a%2Fb%20c Bearer key'])
  await t.rejects(client('deleteNode', { params: { id: 'nobody' } }), {
    code: 'not-found',
    message: 'there is no node nobody',
  })
  await t.rejects(client('deleteNode', { params: { id: 'broken' } }), {
    code: 'internal',
    message: /answered 502 without a problem document/,
  })
})

await t.test('bad input names every field', async (t) => {
  const { error } = NodeInput.safeParse({ serial: '', macs: ['x'], colour: 'red' })
  const problem = toProblem(invalidInput(error!), 'req-1')
  t.match(problem, { code: 'invalid-input', status: 400, instance: 'req-1' })
  const paths = problem.fields?.map((field) => field.path)
  for (const path of ['body.serial', 'body.macs.0', 'body']) t.ok(paths?.includes(path), path)
})
