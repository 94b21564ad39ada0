import type { ApplyInput, ApplyReport, Client } from '@eims/contracts'
import { counted } from '@eims/contracts'
import { readFiles } from '../apply/files.ts'
import { readWanted, type Wanted } from '../apply/read.ts'
import { reportText } from '../apply/report-text.ts'
import { applySecrets, secretsText } from '../apply/secrets.ts'
import { applyWorkflows, mistakesOf, workflowsText } from '../apply/workflows.ts'
import { type Call, command } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { type Applied, applyProfile, imageUrl } from '../eim-profile/apply.ts'
import { Refusal } from '../refusal.ts'
import { describeApplied, untilReady } from './profile-apply.ts'

const TIMEOUT_MS = 300_000
const PROBLEMS_SHOWN = 100

const flags = {
  file: {
    type: 'string',
    short: 'f',
    multiple: true,
    value: 'FILE',
    says: 'a file, a folder (its *.yaml and *.yml), or - for standard input',
  },
  'dry-run': { type: 'boolean', says: 'show what differs, change nothing' },
  ...yesFlag,
  'no-fetch': { type: 'boolean', says: 'images that workflows name are fetched when a run needs them' },
  'image-base': { type: 'string', value: 'URL', says: 'where relative osImageUrls of EIM’s profiles begin' },
} as const

export const apply = command({
  name: 'apply',
  summary: 'bring machines, batches, workflows and profiles to what YAML files say',
  usage: '-f FILE... [OPTIONS]',
  options: flags,
  about: `
Documents of "kind: Node", "kind: Batch" or "kind: Workflow" with the fields of the REST interface, a list of nodes, EIM's OS
profiles, Tinkerbell's Hardware and Template, or Kubernetes' Secret:

  kind: Node
  name: line-3-7
  serial: PF4X01
  macs: ["52:54:00:aa:00:01"]
  profile: kiosk
  batch: lot-7
  metadata: {rack: B7}

A node is the one that has the name, else the one that has its serial, UUID or a MAC; one that is not there is registered.
What is left out stays, null clears, macs and metadata are replaced as a whole; nothing is deleted. Batches and nodes of
all files are applied together, or not at all; workflows and profiles before them, one by one. A Hardware is a node, by
its instance's host name and its MACs, and keeps its spec for templates; a Template is a workflow (docs/workflows.md). Secrets
come before all else, and keep keys that are not spoken of (eims secrets). Done again it changes nothing. Every
mistake is told with its file, line and column. At a terminal changes of nodes are shown and asked about first.

"./eims nodes show NODE -o yaml" and "./eims nodes list -o yaml" print what can be edited and applied.

Examples:
  ./eims apply -f nodes.yaml --dry-run
  ./eims apply -f nodes.yaml --yes`,
  async run(call) {
    const { values } = call
    if (!values.file) throw new Refusal('-f is missing; see ./eims apply --help', 2)
    const wanted = readWanted(await readFiles(values.file, process.stdin))
    if (wanted.problems.length > 0) throw refused(call, wanted.problems, wanted.problems.length)
    const mistakes = await mistakesOf(call.client, wanted)
    if (mistakes.length > 0) throw refused(call, mistakes, mistakes.length)
    const urls = wanted.profiles.map((read) => imageUrl(read, values['image-base']))
    const dryRun = values['dry-run'] ?? false
    const asks = !dryRun && !values.yes && !values.json && process.stdin.isTTY
    if (asks) await askFirst(call, wanted)
    const secrets = await applySecrets(call.client, wanted.secrets, dryRun)
    const workflows = await applyWorkflows(call.client, wanted, { dryRun, fetch: !values['no-fetch'] })
    const profiles: Applied[] = []
    for (const [index, read] of dryRun ? [] : wanted.profiles.entries())
      profiles.push(
        await applyProfile(call.client, read, {
          source: { url: urls[index]! },
          ready: (image) => untilReady(call.client, image),
        }),
      )
    const report = await send(call, wanted, dryRun)
    const toBe = wanted.profiles.map(({ profile }) => profile.name)
    call.show(
      { ...report, profiles: dryRun ? toBe.map((profile) => ({ profile })) : profiles, workflows, secrets },
      (_, screen) =>
        [
          secretsText(secrets),
          workflowsText(workflows),
          wanted.profiles.length === 0
            ? ''
            : dryRun
              ? `Profiles in the files: ${toBe.join(', ')}\n`
              : describeApplied(profiles),
          wanted.nodes.length + wanted.batches.length > 0 ? reportText(report, screen) : '',
        ]
          .filter(Boolean)
          .join('\n'),
    )
  },
})

type Asking = Call<typeof flags>

/** @throws Refusal with every problem that the server found, at its place in the files */
async function send(call: Asking, wanted: Wanted, dryRun: boolean): Promise<ApplyReport> {
  const report = await ask(call.client, wanted, dryRun)
  if (report.problemsTotal === 0) return report
  const lines = report.problems.map(({ of, index, field, message, other }) => {
    const place = wanted[of][index]?.placeOf(field.split('.'))
    const also = other === null ? '' : `, as at ${wanted[of][other]?.placeOf(field.split('.'))}`
    return `${place}: ${field} ${message}${also}`
  })
  throw refused(call, lines, report.problemsTotal)
}

const ask = (client: Client, { nodes, batches, profiles }: Wanted, dryRun: boolean): Promise<ApplyReport> => {
  const used = new Set(nodes.map(({ value }) => value.profile))
  const toCome = new Set(profiles.map(({ profile }) => profile.name).filter((name) => used.has(name)))
  const body: ApplyInput = {
    batches: batches.map(({ value }) => value),
    nodes: nodes.map(({ value }) => value),
    dryRun,
    profilesToCome: dryRun ? [...toCome] : [],
  }
  return client('applyNodes', { body }, { timeout: TIMEOUT_MS })
}

/** What is on record is not replaced before a person has seen what by. */
async function askFirst(call: Asking, wanted: Wanted): Promise<void> {
  const report = await send(call, wanted, true)
  const changed = report.nodes.filter(({ result }) => result === 'changed').length
  if (changed === 0) return
  process.stderr.write(`${reportText(report, call.screen)}\n`)
  await confirm(`Change ${counted(changed, 'node')}?`, {})
}

function refused({ values, show }: Asking, problems: string[], total: number): Refusal {
  if (values.json)
    show({ dryRun: values['dry-run'] ?? false, applied: false, problems, problemsTotal: total }, () => '')
  const more = total - Math.min(problems.length, PROBLEMS_SHOWN)
  const rest = more > 0 ? [`… and ${counted(more, 'problem')} more`] : []
  return new Refusal('nothing was applied:', 2, [...problems.slice(0, PROBLEMS_SHOWN), ...rest])
}
