import { parseArgs } from 'node:util'
import type { CallInput, Node, RouteName } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { renderDetail, renderLog, renderNodes } from '../node-text.ts'
import { oneName } from '../one-name.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'

const nodeHelp = '  NODE           name, serial, UUID, MAC or id\n'

const add: Verb = {
  name: 'nodes add',
  summary: 'register a machine before it is switched on',
  help: `usage: ./eims nodes add [NAME] (--serial S | --uuid U | --mac M)... [OPTIONS]

  --serial S        serial number as printed on the machine
  --uuid U          SMBIOS UUID
  --mac M           MAC of any of its NICs; may be repeated
  --profile NAME    OS profile (default: the site's default profile)
  --manufacturer M  --product P
${connectionHelp}`,
  async run(argv, env) {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        ...connectionOptions,
        serial: { type: 'string' },
        uuid: { type: 'string' },
        mac: { type: 'string', multiple: true },
        profile: { type: 'string' },
        manufacturer: { type: 'string' },
        product: { type: 'string' },
      },
    })
    if (positionals.length > 1) throw new Refusal('give at most one name; see --help', 2)
    const { serial, uuid, mac: macs, profile, manufacturer, product } = values
    const given = Object.entries({ name: positionals[0], serial, uuid, macs, profile, manufacturer, product }).filter(
      ([, value]) => value !== undefined,
    )
    const body = Object.fromEntries(given) as CallInput<'addNode'>['body']
    print(await connect(values, env)('addNode', { body }), values.json, (node) => renderNodes([node]))
  },
}

const list: Verb = {
  name: 'nodes list',
  summary: 'list the machines',
  help: `usage: ./eims nodes list [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: connectionOptions })
    const client = connect(values, env)
    const items: Node[] = []
    let pageToken: string | null = null
    do {
      const reply: { items: Node[]; nextPageToken: string | null } = await client('listNodes', {
        query: { pageSize: 1000, ...(pageToken ? { pageToken } : {}) },
      })
      items.push(...reply.items)
      pageToken = reply.nextPageToken
    } while (pageToken)
    print(items, values.json, renderNodes)
  },
}

const show: Verb = {
  name: 'nodes show',
  summary: 'a machine: identity, state, timeline, how long each stage took',
  help: `usage: ./eims nodes show NODE [OPTIONS]\n\n${nodeHelp}${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'node', {})
    const params = { id: name }
    const [detail, timeline] = await Promise.all([client('getNode', { params }), client('nodeTimeline', { params })])
    print({ ...detail, timeline }, values.json, () => renderDetail(detail, timeline))
  },
}

const logs: Verb = {
  name: 'nodes logs',
  summary: 'what a machine’s actions said',
  help: `usage: ./eims nodes logs NODE [OPTIONS]\n\n${nodeHelp}${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'node', {})
    let pageToken: string | null = null
    do {
      const query = { pageSize: 1000, ...(pageToken ? { pageToken } : {}) }
      const reply: Awaited<ReturnType<typeof client<'nodeLogs'>>> = await client('nodeLogs', {
        params: { id: name },
        query,
      })
      for (const entry of reply.items)
        process.stdout.write(values.json ? `${JSON.stringify(entry)}\n` : renderLog(entry))
      pageToken = reply.nextPageToken
    } while (pageToken)
  },
}

/** A verb that changes one node and shows it. */
function change(name: string, summary: string, route: RouteName & ('provisionNode' | 'cancelNode')): Verb {
  return {
    name: `nodes ${name}`,
    summary,
    help: `usage: ./eims nodes ${name} NODE [OPTIONS]\n\n${nodeHelp}${connectionHelp}`,
    async run(argv, env) {
      const { name, values, client } = oneName(argv, env, 'node', {})
      print(await client(route, { params: { id: name } }), values.json, (changed) => renderNodes([changed as Node]))
    },
  }
}

const set: Verb = {
  name: 'nodes set',
  summary: 'change a machine’s name or profile',
  help: `usage: ./eims nodes set NODE [--name NAME] [--profile PROFILE] [OPTIONS]

${nodeHelp}  --name NAME       a host name; an OS that is installed keeps the one it has
  --profile NAME    OS profile ("" for the site's default profile)

A run that was made already, also a failed one, keeps what it was made with. To image the machine with another profile:
./eims nodes reprovision NODE --reason TEXT

${connectionHelp}`,
  async run(argv, env) {
    const options = { name: { type: 'string' }, profile: { type: 'string' } } as const
    const { name, values, client } = oneName(argv, env, 'node', options)
    const body = {
      ...(values.name === undefined ? {} : { name: values.name }),
      ...(values.profile === undefined ? {} : { profile: values.profile || null }),
    }
    if (Object.keys(body).length === 0) throw new Refusal('nothing to change; see --help', 2)
    print(await client('patchNode', { params: { id: name }, body }), values.json, (node) => renderNodes([node]))
  },
}

const retry: Verb = {
  name: 'nodes retry',
  summary: 'take a failed run up again',
  help: `usage: ./eims nodes retry NODE [--from WHERE] [OPTIONS]

${nodeHelp}  --from WHERE      failed-action (default) or start

The run keeps the plan that it was made with. To use a changed profile or image:
./eims nodes reprovision NODE --reason TEXT

${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'node', { from: { type: 'string' } })
    const body = (values.from === undefined ? {} : { from: values.from }) as CallInput<'retryNode'>['body']
    print(await client('retryNode', { params: { id: name }, body }), values.json, (node) => renderNodes([node]))
  },
}

const reprovision: Verb = {
  name: 'nodes reprovision',
  summary: 'image a finished machine again at its next network boot',
  help: `usage: ./eims nodes reprovision NODE --reason TEXT [OPTIONS]

The machine's disk is written again. The reason is kept in the audit log.

${nodeHelp}${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'node', { reason: { type: 'string' } })
    if (!values.reason) throw new Refusal('say why with --reason', 2)
    const reply = await client('reprovisionNode', {
      params: { id: name },
      body: { reason: values.reason },
    })
    print(reply, values.json, (node) => renderNodes([node]))
  },
}

const remove: Verb = {
  name: 'nodes delete',
  summary: 'remove a machine from the registry',
  help: `usage: ./eims nodes delete NODE [OPTIONS]\n\n${nodeHelp}${connectionHelp}`,
  async run(argv, env) {
    const { name, client } = oneName(argv, env, 'node', {})
    await client('deleteNode', { params: { id: name } })
  },
}

export const nodeVerbs = [
  add,
  list,
  show,
  logs,
  set,
  change('provision', 'let a waiting machine be provisioned', 'provisionNode'),
  retry,
  change('cancel', 'cancel a machine’s run', 'cancelNode'),
  reprovision,
  remove,
]
