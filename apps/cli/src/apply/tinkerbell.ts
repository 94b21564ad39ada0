import type { ApplyNode, WorkflowInput } from '@eims/contracts'
import { parse, type YAMLMap } from 'yaml'
import { z } from 'zod'

/** A workflow template as files ask for it. */
export type WantedWorkflow = Pick<WorkflowInput, 'name' | 'text' | 'report' | 'note' | 'params'> & {
  file: string
  /** lines of the file before the template's first one */
  before: number
}

/** Kinds of Tinkerbell's objects, and of those that hold its templates, by what they are here. */
const sorts: Readonly<Record<string, 'hardware' | 'template' | 'objects'>> = {
  'tinkerbell.org/v1alpha1 Hardware': 'hardware',
  'tinkerbell.org/v1alpha1 Template': 'template',
  'anywhere.eks.amazonaws.com/v1alpha1 TinkerbellTemplateConfig': 'template',
  'tinkerbell.org/v1alpha2 Task': 'objects',
  'tinkerbell.org/v1alpha2 Workflow': 'objects',
}

/** PURE: what a document of Kubernetes is to us; null: it is none of Tinkerbell's. `objects`: they need each other. */
export const sortOf = (document: YAMLMap): 'hardware' | 'template' | 'objects' | null =>
  sorts[`${text(document.get('apiVersion'))} ${text(document.get('kind'))}`] ?? null

const text = (value: unknown) => (typeof value === 'string' ? value : '')

const Template = z.object({ metadata: z.object({ name: z.string() }) })

/**
 * PURE: the workflow that a document with a template is: by its name, its text as it stands in the file.
 * @returns null when it has no name
 */
export function workflowOfTemplate(value: unknown, text: string): Pick<WantedWorkflow, 'name' | 'text'> | null {
  const read = Template.safeParse(value).data
  return read ? { name: read.metadata.name, text } : null
}

const Hardware = z.object({
  metadata: z.object({ name: z.string() }).partial().optional(),
  spec: z
    .looseObject({
      interfaces: z
        .array(z.looseObject({ dhcp: z.looseObject({ mac: z.string().optional() }).nullish() }))
        .max(64)
        .nullish(),
      disks: z.array(z.looseObject({ device: z.string().optional() })).nullish(),
      metadata: z
        .looseObject({
          instance: z.looseObject({ hostname: z.string().nullish(), id: z.string().nullish() }).nullish(),
        })
        .nullish(),
    })
    .default({}),
})

/**
 * PURE: the node that a Tinkerbell Hardware is: its name is the host name that it gets, else the object's, its MACs are
 * those of its interfaces, its disk is the first one; the whole spec is for templates. What stands in `instance.id` is
 * left there: the machine itself may say another UUID.
 * @param text the document, in which numbers and booleans are what YAML takes them for
 * @returns what an ApplyNode is to be made of, not checked; or a sentence why it is none
 */
export function nodeOfHardware(text: string): { [field in keyof ApplyNode]?: unknown } | string {
  const read = Hardware.safeParse(parse(text, { maxAliasCount: 100, logLevel: 'silent' }))
  if (!read.success) {
    const [issue] = read.error.issues
    return `${issue?.path.join('.')} ${issue?.message}`
  }
  const { metadata, spec } = read.data
  const instance = spec.metadata?.instance
  const [disk] = spec.disks ?? []
  return {
    // a host name with its domain is no name of a node
    name: (instance?.hostname || metadata?.name || instance?.id || '').toLowerCase().replace(/\..*$/, ''),
    macs: (spec.interfaces ?? []).flatMap(({ dhcp }) => dhcp?.mac ?? []),
    ...(disk?.device ? { disk: { match: disk.device } } : {}),
    hardware: spec,
  }
}
