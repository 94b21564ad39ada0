import type { SourceTree } from './source-tree.ts'

/**
 * Where a builtin's name stands as a literal, beside its handler: the table of what is known of it, and the
 * agent's of handlers.
 */
const tables = ['packages/contracts/src/builtins.ts', 'apps/agent/src/actions/table.ts']

/** What is known of a builtin, one file each, names what it needs; Tinkerbell's words are put into ours. */
const isTable = (path: string) =>
  tables.includes(path) || /^packages\/(?:contracts\/src\/builtins|tinkerbell\/src)\//.test(path)

/** Words that are a builtin's name and mean something else there. */
const homonyms: Record<string, readonly string[]> = {
  // how a machine ends, and the applet of busybox
  'apps/agent/src/machine.ts': ['reboot'],
  'apps/agent/src/main.ts': ['reboot'],
  'apps/agent/src/finish.ts': ['kexec'],
  'packages/contracts/src/finish.ts': ['reboot'],
  'packages/contracts/src/profile.ts': ['reboot'],
  'packages/workflow/src/judge/judge.ts': ['reboot'],
  // the applet of busybox
  'apps/agent/src/disk/run-inside.ts': ['chroot'],
  // cloud-init's power_state
  'packages/cloud-config/src/profile-part.ts': ['reboot'],
  // cloud-init's documents on the disk
  'packages/contracts/src/reason.ts': ['seed'],
  'packages/contracts/src/reason-words.ts': ['seed'],
  'packages/contracts/src/reason-words-german.ts': ['seed'],
  // how an OS reports itself
  'packages/contracts/src/workflow.ts': ['seed'],
  // what an agent told of its machine
  'apps/server/src/http/etag.ts': ['inventory'],
  // flags: what a unit boots first, and the Micro-OS's kernel command line
  'apps/cli/src/profile-options.ts': ['boot-order', 'kernel-args'],
  'apps/cli/src/verbs/site.ts': ['boot-order'],
}

/** Files of the product that know a builtin by its name, where one table and its handler are to know it. */
export function knownByName({ files }: SourceTree, builtins: readonly string[]): string[] {
  return files
    .filter(({ path, kind, workspace }) => kind === 'src' && workspace.includes('/') && !isTable(path))
    .flatMap(({ path, code }) =>
      builtins
        .filter((name) => path !== `apps/agent/src/actions/${name}.ts` && !homonyms[path]?.includes(name))
        .filter((name) => literal(name).test(code))
        .map((name) => `${path}: knows the builtin ${name} by its name; packages/contracts/src/builtins.ts is to`),
    )
}

/** A name with a hyphen also inside of a sentence; one that is a plain word only where the literal is nothing else. */
const literal = (name: string) =>
  name.includes('-') ? new RegExp(`(?<![\\w/.@-])${name}(?![\\w.-])`) : new RegExp(`(["'\`])${name}\\1`)
