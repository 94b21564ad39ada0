import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { Refusal } from '../refusal.ts'

/** Flags of `eims up` that name PEM files, for node:util's parseArgs. */
export const tlsFlags = {
  'ca-cert': { type: 'string' },
  'ca-key': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
} as const

type TlsFlag = keyof typeof tlsFlags

/**
 * The service's arguments for the files given. Throws a Refusal when one that belongs to another is missing or a file
 * cannot be read; what is in them the service judges.
 */
export function tlsArguments(values: Partial<Record<TlsFlag, string | undefined>>): string[] {
  const needs = (flag: TlsFlag, other: TlsFlag) => {
    if (values[flag] && !values[other]) throw new Refusal(`--${flag} needs --${other}; give both`, 2)
  }
  needs('ca-key', 'ca-cert')
  needs('tls-cert', 'tls-key')
  needs('tls-key', 'tls-cert')
  if (values['ca-cert'] && !values['ca-key'] && !values['tls-cert'])
    throw new Refusal(
      '--ca-cert needs --ca-key; or keep that key elsewhere and give --tls-cert and --tls-key that it signed',
      2,
    )
  return (Object.keys(tlsFlags) as TlsFlag[]).flatMap((flag) => {
    const file = values[flag]
    return file ? [`--${flag}`, readable(flag, resolve(file))] : []
  })
}

function readable(flag: TlsFlag, path: string): string {
  try {
    accessSync(path, constants.R_OK)
    return path
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Refusal(`--${flag} ${path} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`, 2)
  }
}
