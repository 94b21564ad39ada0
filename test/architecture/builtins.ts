import type { SourceTree } from './source-tree.ts'

/**
 * Where a builtin's name stands as a literal, beside its handler: the table of what is known of it, the agent's of
 * handlers, and that of Tinkerbell's actions, each of which is one of ours.
 */
const tables = [
  'packages/contracts/src/builtins.ts',
  'apps/agent/src/actions/table.ts',
  'packages/tinkerbell/src/actions/catalogue.ts',
]

/** Words that are a builtin's name and mean something else there. */
const homonyms: Record<string, string> = {
  // how a machine ends, and the applet of busybox
  'apps/agent/src/machine.ts': 'reboot',
  'apps/agent/src/main.ts': 'reboot',
  'packages/contracts/src/finish.ts': 'reboot',
  'packages/contracts/src/profile.ts': 'reboot',
  'packages/workflow/src/judge/judge.ts': 'reboot',
  'packages/tinkerbell/src/actions/ending.ts': 'reboot',
  // cloud-init's power_state
  'packages/cloud-config/src/profile-part.ts': 'reboot',
  // cloud-init's documents on the disk
  'packages/contracts/src/reason.ts': 'seed',
  'packages/contracts/src/reason-words.ts': 'seed',
  // what an agent told of its machine
  'apps/server/src/http/etag.ts': 'inventory',
  // the flag of what a unit boots first
  'apps/cli/src/profile-options.ts': 'boot-order',
  'apps/cli/src/verbs/site.ts': 'boot-order',
}

/** Files of the product that know a builtin by its name, where one table and its handler are to know it. */
export function knownByName({ files }: SourceTree, builtins: readonly string[]): string[] {
  return files
    .filter(({ path, kind, workspace }) => kind === 'src' && workspace.includes('/') && !tables.includes(path))
    .flatMap(({ path, code }) =>
      builtins
        .filter((name) => path !== `apps/agent/src/actions/${name}.ts` && homonyms[path] !== name)
        .filter((name) => literal(name).test(code))
        .map((name) => `${path}: knows the builtin ${name} by its name; packages/contracts/src/builtins.ts is to`),
    )
}

/** A name with a hyphen also inside of a sentence; one that is a plain word only where the literal is nothing else. */
const literal = (name: string) =>
  name.includes('-') ? new RegExp(`(?<![\\w/.@-])${name}(?![\\w.-])`) : new RegExp(`(["'\`])${name}\\1`)
