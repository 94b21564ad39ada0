import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Refusal } from '../refusal.ts'

/** Flags about what TFTP hands out and how, for parseArgs. */
export const tftpFlags = { 'boot-files': { type: 'string' }, 'tftp-single-port': { type: 'boolean' } } as const

/** The same for the service. Throws a Refusal when the folder is none. */
export function tftpArguments(values: {
  'boot-files'?: string | undefined
  'tftp-single-port'?: boolean | undefined
}): string[] {
  const folder = values['boot-files']
  if (folder !== undefined && !statSync(resolve(folder), { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal(`--boot-files must name a folder with boot files; ${folder || 'the empty name'} is none`, 2)
  return [
    ...(folder === undefined ? [] : ['--boot-files', resolve(folder)]),
    ...(values['tftp-single-port'] ? ['--tftp-single-port', 'yes'] : []),
  ]
}
