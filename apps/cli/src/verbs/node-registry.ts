import { type CallInput, changeMetadata, SecureBoot } from '@eims/contracts'
import { command, oneNode } from '../command.ts'
import { configFlag, configGiven } from '../config-flag.ts'
import { changeDiskRule, diskFlags } from '../disk-flags.ts'
import { metadataChanges, metadataFlag } from '../metadata-flags.ts'
import { defined, needed } from '../needed.ts'
import { renderNodes } from '../node-text.ts'
import { Refusal } from '../refusal.ts'

/** What is known of a machine, as flags. */
export const nodeFlags = {
  serial: { type: 'string', value: 'S', says: 'serial number as printed on the machine' },
  uuid: { type: 'string', value: 'U', says: 'SMBIOS UUID' },
  mac: { type: 'string', multiple: true, value: 'M', says: 'MAC of any of its NICs' },
  manufacturer: { type: 'string', value: 'M', says: 'as its SMBIOS says' },
  product: { type: 'string', value: 'P', says: 'as its SMBIOS says' },
} as const

/** What is wanted of it. */
export const wishFlags = {
  profile: { type: 'string', value: 'NAME', says: 'OS profile (default: the site’s default profile)' },
  batch: { type: 'string', value: 'NAME', says: 'the lot or order that it belongs to' },
  account: { type: 'string', value: 'NAME', says: 'local account of its OS, before the profile’s' },
  ...metadataFlag,
  ...diskFlags,
  netboot: {
    type: 'string',
    oneOf: ['allowed', 'denied', 'local'],
    value: 'POLICY',
    says: 'allowed, denied (told so) or local (not answered: its own disk boots)',
  },
  'boot-file': { type: 'string', value: 'NAME', says: 'a boot file of its own instead of the usual one' },
  'secure-boot': {
    type: 'string',
    oneOf: [...SecureBoot.options, ''],
    value: 'auto|on|off',
    says: 'Debian’s signed chain instead of iPXE: once its firmware has refused iPXE, at once, or never',
  },
  ...configFlag,
} as const

const add = command({
  name: 'nodes add',
  summary: 'register a machine before it is switched on',
  usage: '[NAME] (--serial S | --uuid U | --mac M)... [OPTIONS]',
  words: {
    usage: '[NAME]',
    what: 'name',
    says: 'its host name (default: made of what identifies it)',
    least: 0,
    most: 1,
  },
  options: { ...nodeFlags, ...wishFlags },
  about: 'A machine that appeared by itself is taken over when its serial, UUID or a MAC is given.',
  async run(call) {
    const { values } = call
    const body = defined({
      name: call.words[0],
      serial: values.serial,
      uuid: values.uuid,
      macs: values.mac,
      manufacturer: values.manufacturer,
      product: values.product,
      profile: values.profile,
      batch: values.batch,
      account: values.account,
      metadata: values.metadata && changeMetadata({}, metadataChanges(values.metadata)),
      disk: changeDiskRule(null, values) ?? undefined,
      netbootPolicy: values.netboot,
      bootFile: values['boot-file'] || undefined,
      secureBoot: values['secure-boot'] || undefined,
      config: configGiven(values.config) ?? undefined,
    }) as CallInput<'addNode'>['body']
    call.show(await call.client('addNode', { body }), (node, screen) => renderNodes([node], screen))
  },
})

const reason = { reason: { type: 'string', value: 'TEXT', says: 'why; kept in the audit log' } } as const

const merge = command({
  name: 'nodes merge',
  summary: 'two nodes are one machine: take over the other’s identifiers and history',
  usage: 'NODE --from OTHER --reason TEXT [OPTIONS]',
  words: oneNode,
  options: {
    from: { type: 'string', value: 'OTHER', says: 'the node that is no more afterwards' },
    ...reason,
  },
  about: './eims nodes split makes two nodes of one again. Neither may have a run under way.',
  async run(call) {
    const { from, reason } = needed(call.values, ['from', 'reason'])
    const node = await call.client('mergeNode', { params: { id: call.name }, body: { from, reason } })
    call.show(node, (node, screen) => renderNodes([node], screen))
  },
})

const forget = command({
  name: 'nodes forget',
  summary: 'take off the record what the machine added by itself',
  usage: 'NODE [OPTIONS]',
  words: oneNode,
  options: {},
  about: `
A machine that is recognised adds what is not on record yet: a UUID, the MAC of a dock. Until a run with it ended well, that
identifies no other machine as NODE, and ./eims nodes show lists it as not confirmed.`,
  async run(call) {
    const node = await call.client('forgetNode', { params: { id: call.name } })
    call.show(node, (node, screen) => renderNodes([node], screen))
  },
})

const split = command({
  name: 'nodes split',
  summary: 'one node is two machines: give some identifiers to a new node',
  usage: 'NODE (--serial S | --uuid U | --mac M)... --reason TEXT [OPTIONS]',
  words: oneNode,
  options: {
    serial: { type: 'string', value: 'S', says: 'goes to the new node' },
    uuid: { type: 'string', value: 'U', says: 'goes to the new node' },
    mac: { type: 'string', multiple: true, value: 'M', says: 'goes to the new node' },
    name: { type: 'string', value: 'NAME', says: 'of the new node' },
    ...reason,
  },
  async run(call) {
    const { serial, uuid, mac: macs, name } = call.values
    const { reason } = needed(call.values, ['reason'])
    const body = { ...defined({ name }), reason, identifiers: defined({ serial, uuid, macs }) }
    const made = await call.client('splitNode', {
      params: { id: call.name },
      body: body as CallInput<'splitNode'>['body'],
    })
    call.show(made, (node, screen) => renderNodes([node], screen))
  },
})

const claim = command({
  name: 'nodes claim',
  summary: 'say which of several machines with its serial or UUID is the node',
  usage: 'NODE --mac M --reason TEXT [OPTIONS]',
  words: oneNode,
  options: {
    mac: { type: 'string', value: 'M', says: 'of any NIC of the machine that it is ("" for whichever comes)' },
    ...reason,
  },
  about: 'The others wait from then on, whoever comes first. To install all of them: ./eims site set --shared ID.',
  async run(call) {
    const { reason } = needed(call.values, ['reason'])
    const { mac } = call.values
    if (mac === undefined) throw new Refusal('--mac is missing; see --help', 2)
    const node = await call.client('claimNode', { params: { id: call.name }, body: { mac: mac || null, reason } })
    call.show(node, (node, screen) => renderNodes([node], screen))
  },
})

export const registryVerbs = { add, forget, merge, split, claim }
