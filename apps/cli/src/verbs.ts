import { nearest } from '@eims/contracts'
import type { Verb } from './verb.ts'
import { accountVerbs } from './verbs/accounts.ts'
import { addonVerbs } from './verbs/addons.ts'
import { apply } from './verbs/apply.ts'
import { auditList } from './verbs/audit.ts'
import { backup } from './verbs/backup.ts'
import { batchVerbs } from './verbs/batches.ts'
import { board } from './verbs/board.ts'
import { bootMediaVerbs } from './verbs/boot-media.ts'
import { bundle } from './verbs/bundle.ts'
import { collectMediaVerbs } from './verbs/collect-media.ts'
import { completion } from './verbs/completion.ts'
import { configVerbs } from './verbs/config.ts'
import { counters } from './verbs/counters.ts'
import { demo } from './verbs/demo.ts'
import { doctor } from './verbs/doctor.ts'
import { events } from './verbs/events.ts'
import { explain } from './verbs/explain.ts'
import { exportVerbs } from './verbs/export.ts'
import { firmwareKit } from './verbs/firmware-kit.ts'
import { imageVerbs } from './verbs/images.ts'
import { importVerbs } from './verbs/import.ts'
import { installerMediaVerbs } from './verbs/installer-media.ts'
import { keyVerbs } from './verbs/keys.ts'
import { login, logout } from './verbs/login.ts'
import { logs } from './verbs/logs.ts'
import { nodeVerbs } from './verbs/nodes.ts'
import { overview } from './verbs/overview.ts'
import { prepare } from './verbs/prepare.ts'
import { profileApply } from './verbs/profile-apply.ts'
import { profileVerbs } from './verbs/profiles.ts'
import { restore } from './verbs/restore.ts'
import { secretVerbs } from './verbs/secrets.ts'
import { siteVerbs } from './verbs/site.ts'
import { up } from './verbs/up.ts'
import { webhookVerbs } from './verbs/webhooks.ts'
import { workflowVerbs } from './verbs/workflows.ts'

interface Topic {
  title: string
  verbs: Verb[]
}

/** All verbs, in the order in which help and docs/cli.md show them. */
export const topics: Topic[] = [
  {
    title: 'This machine as the server',
    verbs: [
      up,
      prepare,
      doctor,
      demo,
      ...bootMediaVerbs,
      ...installerMediaVerbs,
      ...collectMediaVerbs,
      backup,
      restore,
      bundle,
    ],
  },
  { title: 'Machines', verbs: [...nodeVerbs, explain, logs, ...batchVerbs, ...importVerbs, ...exportVerbs, apply] },
  {
    title: 'What is put on them',
    verbs: [
      ...imageVerbs,
      ...profileVerbs,
      profileApply,
      ...workflowVerbs,
      ...addonVerbs,
      ...accountVerbs,
      ...configVerbs,
      ...secretVerbs,
    ],
  },
  {
    title: 'The site',
    verbs: [...siteVerbs, firmwareKit, overview, board, events, counters, auditList, ...keyVerbs, ...webhookVerbs],
  },
  { title: 'This tool', verbs: [login, logout, completion] },
]

export const verbs: Verb[] = topics.flatMap((topic) => topic.verbs)

/** Flags that had another name once. */
const older: Record<string, string> = { '--arch': '--architecture' }

/** The verb that the first words name, and what follows them, flags by their present names. */
export function find(argv: string[]): { verb: Verb; rest: string[] } | null {
  for (const words of [2, 1]) {
    const verb = verbs.find((candidate) => candidate.name === argv.slice(0, words).join(' '))
    if (verb) return { verb, rest: argv.slice(words).map(present) }
  }
  return null
}

const present = (word: string): string => {
  const [flag = '', ...value] = word.split('=')
  return older[flag] ? [older[flag], ...value].join('=') : word
}

/** Verbs that begin with this word: `nodes` has nodes add, nodes list, … */
export const below = (word: string | undefined): Verb[] => verbs.filter(({ name }) => name.startsWith(`${word} `))

/** What may have been meant by words that name no verb; null when nothing is near. */
export function meant(argv: string[]): string | null {
  const names = [...verbs.map(({ name }) => name), 'help']
  return nearest(argv.slice(0, 2).join(' '), names) ?? nearest(argv[0] ?? '', names)
}
