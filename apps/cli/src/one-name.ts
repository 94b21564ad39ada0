import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Client } from '@eims/contracts'
import { type ConnectionFlags, connect, connectionOptions } from './connection.ts'
import { Refusal } from './refusal.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: typeof connectionOptions & O }>
>['values']

/**
 * The arguments of a verb about one thing: its name, its options beside the connection's, and a client.
 * @param what named in the refusal when there is not exactly one name: `node`, `image file`, …
 * @throws Refusal
 */
export function oneName<O extends Options>(
  argv: string[],
  env: NodeJS.ProcessEnv,
  what: string,
  options: O,
): { name: string; values: Parsed<O>; client: Client } {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { ...connectionOptions, ...options },
  })
  const [name] = positionals
  if (!name || positionals.length > 1) throw new Refusal(`give exactly one ${what}; see --help`, 2)
  return { name, values: values as Parsed<O>, client: connect(values as ConnectionFlags, env) }
}
