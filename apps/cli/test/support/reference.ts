import { exitCodes } from '../../src/overview.ts'
import { topics } from '../../src/verbs.ts'

/** docs/cli.md, made of the verbs' own help. */
export function reference(): string {
  const anchor = (title: string) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-')
  const contents = topics.map(({ title }) => `- [${title}](#${anchor(title)})`).join('\n')
  const chapters = topics.map(({ title, verbs }) => {
    const list = verbs.map(({ name, help }) => `### eims ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`).join('\n')
    return `## ${title}\n\n${list}`
  })
  return `# The command line

<!-- Written by apps/cli/test/support/write-reference.ts from the verbs themselves; a test compares. -->

\`./eims help\` lists the verbs by topic, \`./eims VERB --help\` tells what stands below, and \`./eims help nodes\` the verbs about
machines. A misspelt verb or flag is answered with the one that was probably meant.

${contents}

## Which server is asked

The first of these that names one:

1. \`--server URL\` with \`--key KEY\` and \`--ca FILE\`, or \`--data DIR\` for the server on this machine;
2. \`EIMS_SERVER\`, \`EIMS_KEY\` and \`EIMS_CA\`, or \`EIMS_DATA\`;
3. what \`./eims login URL\` stored in \`~/.config/eims/config.json\` (or below \`XDG_CONFIG_HOME\`), readable for its owner only;
4. the server that runs on this machine, which root alone is told; else the data directory \`/var/lib/eims\`. Root needs no key
   there. When several run, \`--data\` says which one.

A key alone (\`--key\`, \`EIMS_KEY\`) is used with whichever server that is.

## In scripts

\`--json\` prints the reply as JSON: a list as an array, whatever has no end (\`events\`, \`logs\`, \`--watch\`) as a line for each
item. Without it nothing is cut or coloured when the output is no terminal; \`NO_COLOR\` switches colours off on one, too.

A list shows 1,000 unless \`--all\` or \`--limit N\` is given; what remains is said below a table, and on standard error beside
what programs read: \`-o json\`, \`-o csv\` (RFC 4180, an apostrophe before what a spreadsheet would take for a formula) and
\`-o name\`.

On a terminal deletions, and actions on a selection (\`--filter\`, \`--batch\`), ask first; \`--yes\` answers. A script is never
asked: what it deletes by name is meant, for a selection it must say \`--yes\`.

| exit code | means |
|---|---|
${exitCodes.map(({ code, means }) => `| ${code} | ${means} |`).join('\n')}

${chapters.join('\n')}`
}
