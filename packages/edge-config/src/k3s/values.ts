import { type Field, quoted } from '@eims/placed-yaml'
import { parse } from 'yaml'
import { parseAddress } from '../address.ts'

/** What a value is, and what is wrong with it: what follows it in a sentence, and the remedy. */
export type Check = (text: string) => readonly [sentence: string, remedy: string] | null

const MOST = 256

/** A line end in a quoted text behind which the text goes on in the first column; none behind a `\`, which joins lines. */
const BROKEN = /(?<!\\)[ \t]*\r?\n(?=\S)/

/** Text that a check has nothing against; null when nothing stands there. Null, and told, else. */
export function word(field: Field, check: Check = () => null): string | null {
  const text = field.word()
  if (text === null || text === '') return null
  const wrong = check(text)
  return wrong ? field.mistake(`${quoted(text)} ${wrong[0]}`, wrong[1]) : text
}

/** A list of such texts; null when it is empty. What is wrong with one of them is told. */
export function words(field: Field, check: Check = () => null): string[] | null {
  const texts = (field.items(MOST) ?? []).flatMap((item) => {
    if (item.isEmpty || (item.isText && item.text() === ''))
      item.mistake('There is an empty entry in the list', 'Take it out.')
    return word(item, check) ?? []
  })
  return texts.length > 0 ? texts : null
}

/**
 * Text that may go over several lines, as it was meant. YAML makes a space of a line end in a quoted text; where the
 * text goes on in the first column, which YAML 1.2 forbids and PyYAML allows, an editor or a renderer broke the line at a
 * line end that was meant.
 */
export function prose(field: Field): string | null {
  const { style, from } = field.written
  const raw = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/su.exec(style.startsWith('QUOTE') ? from : '')?.[0] ?? ''
  if (!BROKEN.test(raw)) return field.text()
  field.warning(
    'The quoted text goes on in the first column: the line end before it is read as one, not as a space',
    String.raw`Write \n in double quotes, or the text behind a |.`,
  )
  const isDouble = raw.startsWith('"')
  const parts = raw.slice(1, -1).split(BROKEN)
  return parts.map((part) => parse(isDouble ? `"${part}"` : `'${part}'`) as string).join('\n')
}

/**
 * An argument of a Kubernetes process. K3s takes one `--` away and reads a `+` or `-` behind the name as a list to
 * append to or to put in front of (its pkg/util/args.go); `-v=2` would become `---v=2`.
 */
export const argument: Check = (text) =>
  /^(?:--)?[A-Za-z0-9][\w.-]*\+?(?:=|$)/.test(text) && !/[\n\r]/.test(text)
    ? null
    : ['is no argument of a Kubernetes process', 'Write name=value, or --name=value.']

export const ipAddress: Check = (text) => (parseAddress(text) ? null : ['is no IP address', 'Write one.'])

export const port: Check = (text) =>
  /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? null : ['is no port', 'Write a number from 1 to 65535.']

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** RFC 1123: as Kubernetes names namespaces. */
export const DNS_LABEL = new RegExp(`^${LABEL}$`)
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`)

export const domain: Check = (text) =>
  DOMAIN.test(text) && text.length <= 253
    ? null
    : ['is no DNS name', 'Write lower-case letters, digits, - and . and no other character.']

export const alternativeName: Check = (text) =>
  parseAddress(text) || DOMAIN.test(text.toLowerCase().replace(/^\*\./, ''))
    ? null
    : ['is neither a DNS name nor an IP address', 'Write one of them.']

export const registry: Check = (text) =>
  /^[a-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._/-]+)?$/i.test(text) && text.length <= 255
    ? null
    : ['is no registry', 'Write its host and port, without https://.']

const KUBELET_MAY = new Set(
  [
    'kubernetes.io/hostname kubernetes.io/os kubernetes.io/arch beta.kubernetes.io/os beta.kubernetes.io/arch',
    'beta.kubernetes.io/instance-type node.kubernetes.io/instance-type topology.kubernetes.io/region',
    'topology.kubernetes.io/zone failure-domain.beta.kubernetes.io/region failure-domain.beta.kubernetes.io/zone',
  ].flatMap((row) => row.split(' ')),
)

/** A label that a kubelet gives its own node: of Kubernetes' own names it starts with few. */
export const nodeLabel: Check = (text) => {
  const [, key = '', prefix = ''] = /^((?:([a-z0-9.-]{1,253})\/)?[\w.-]{1,63})=[\w.-]{0,63}$/i.exec(text) ?? []
  if (key === '') return ['is no label', 'Write key=value.']
  const isOwn = /(?:^|\.)(?:kubernetes|k8s)\.io$/.test(prefix)
  if (!isOwn || KUBELET_MAY.has(key) || /(?:^|\.)(?:kubelet|node)\.kubernetes\.io$/.test(prefix)) return null
  return [
    'is of Kubernetes’ own names, with which a kubelet does not start',
    'Write `k3s kubectl label node` into postK3sCommands.',
  ]
}

export const nodeTaint: Check = (text) =>
  /^(?:[a-z0-9.-]+\/)?[\w.-]+(?:=[\w.-]*)?:(?:NoSchedule|PreferNoSchedule|NoExecute)$/i.test(text)
    ? null
    : ['is no taint', 'Write key=value:NoSchedule, :PreferNoSchedule or :NoExecute.']
