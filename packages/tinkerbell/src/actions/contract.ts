import type { Kind } from './kinds.ts'

/** What of ours does an action. */
export type Builtin =
  | 'write-image'
  | 'write-file'
  | 'chroot'
  | 'partition-disk'
  | 'unpack-archive'
  | 'seed'
  | 'install-grub'
  | 'boot-order'
  | 'erase-disk'
  | 'check-secure-boot'
  | 'kexec'
  | 'reboot'
  | 'poweroff'

/** An environment variable of an action. */
export interface Variable {
  kind: Kind
  required?: true
  /** what it is when it is left out or empty */
  default?: string
  /** an empty one is given, too: an empty file is a file */
  mayBeEmpty?: true
  /** the words that it may be */
  among?: readonly string[]
  /** the variable that it stands for, in a fork that named it otherwise */
  as?: string
  /** why it changes nothing here */
  unused?: string
}

/** Why an action is not done as it is written. */
export interface Verdict {
  /** `left out`: it is no step; `refused`: the workflow cannot run */
  is: 'left out' | 'refused'
  sentence: string
  remedy: string
}

/** The part of a step that says which action it is and what it is told. */
export interface Told {
  image: string
  command: readonly string[]
  env: Readonly<Record<string, string>>
}

/** All that is known of one of Tinkerbell's actions, or of a fork's: what it takes, and what of ours does it. */
export interface Contract {
  builtin: Builtin | null
  /** which builtin it is, where that depends on what it is told; null: none */
  builtinFor?: (told: Told) => Builtin | null
  /** for what is not done, or not always: why; null: it is done */
  verdict?: (told: Told) => Verdict | null
  /** other last parts of its image's name */
  images?: readonly string[]
  env: Readonly<Record<string, Variable>>
  /** exactly one of these is given */
  oneOf?: readonly string[]
  /** the words of `command`, of which it needs one */
  commands?: readonly string[]
  /** it hands all its variables to a command, which may have any of its own */
  isOpen?: true
}

/** Go's strconv.ParseBool, of what kinds.boolean takes. */
export const isYes = (value: string | undefined): boolean => /^(?:1|t|true)$/i.test(value ?? '')
