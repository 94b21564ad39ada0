import { createClient } from '@eims/contracts'
import { askSecret } from '../ask-secret.ts'
import { command } from '../command.ts'
import { baseUrl, readCa, trustOnly } from '../connection.ts'
import { loginFile, removeLogin, writeLogin } from '../login-file.ts'
import type { Verb } from '../verb.ts'

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

export const login: Verb = command({
  name: 'login',
  summary: 'store a server and a key, so that later verbs need neither',
  usage: 'URL [--ca FILE] [OPTIONS]',
  words: {
    usage: 'URL',
    what: 'address',
    says: 'the server’s address for administration, e.g. https://eims.example:7444',
    least: 1,
    most: 1,
  },
  about: `
Asks for the key without showing it (or reads it from standard input when that is no terminal), tries it, and writes
~/.config/eims/config.json, readable for you only; the CA goes in there, too. Flags and environment go before it.
./eims logout removes it.`,
  async run({ name, values, env, show }) {
    const server = baseUrl(name)
    const caFile = values.ca ?? (env.EIMS_CA || undefined)
    const ca = caFile === undefined ? null : readCa(caFile)
    if (ca) trustOnly(ca)
    const { protocol, hostname } = new URL(server)
    if (protocol === 'http:' && !LOOPBACK.test(hostname))
      process.stderr.write(`eims: ${server} is not encrypted: whoever is on the way there can read the key\n`)
    const key = values.key ?? (env.EIMS_KEY || undefined) ?? (await askSecret(`key for ${server}: `))
    const site = await createClient({ baseUrl: server, token: key })('getSite', {})
    const file = loginFile(env)
    writeLogin(file, { server, key, ca })
    show({ server, site: site.name, file }, () => `logged in to ${server}, site ${site.name}; stored in ${file}\n`)
  },
})

export const logout: Verb = command({
  name: 'logout',
  summary: 'forget what login stored; the key stays in force',
  async run({ env, show }) {
    const file = loginFile(env)
    const removed = removeLogin(file)
    show({ file, removed }, () =>
      removed
        ? `removed ${file}; the key itself is ended with ./eims keys revoke\n`
        : `nobody was logged in (there is no ${file})\n`,
    )
  },
})
