import { z } from 'zod'
import { Mac, Serial, SmbiosText, Uuid } from './identity.ts'
import { Name } from './image.ts'
import { Inventory } from './inventory.ts'
import { RunState } from './plan.ts'

/** The machine itself. */
export const HostState = z.enum(['REGISTERED', 'ONBOARDED', 'UNTRUSTED', 'DELETED'])
export type HostState = z.infer<typeof HostState>

/** The OS on it. */
export const InstanceState = z.enum(['PENDING', 'PROVISIONING', 'PROVISIONED', 'RUNNING', 'FAILED'])
export type InstanceState = z.infer<typeof InstanceState>

/** A status in EIM's form: what a person reads, how it stands, since when. */
export const Status = z.object({
  text: z.string(),
  indicator: z.enum(['IDLE', 'IN_PROGRESS', 'ERROR']),
  at: z.iso.datetime(),
})
export type Status = z.infer<typeof Status>

/** RFC 1123 host name label, used as the node's name and its OS's host name. */
export const NodeName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a host name: 1 to 63 letters, digits or hyphens')

export const NodeInput = z
  .strictObject({
    name: NodeName.optional(),
    serial: Serial.optional(),
    uuid: Uuid.optional(),
    macs: z.array(Mac).max(64).default([]),
    manufacturer: SmbiosText.optional(),
    product: SmbiosText.optional(),
    /** name of a profile; without it the site's default profile applies */
    profile: Name.optional(),
  })
  .refine((node) => node.serial || node.uuid || node.macs.length > 0, {
    message: 'give at least one of serial, uuid or macs',
    path: ['serial'],
  })
export type NodeInput = z.infer<typeof NodeInput>

export const NodePatch = z.strictObject({
  name: NodeName.optional(),
  profile: Name.nullable().optional(),
})
export type NodePatch = z.infer<typeof NodePatch>

export const Instance = z.object({
  id: z.string(),
  state: InstanceState,
  desired: InstanceState,
  status: Status,
  profile: z.string().nullable(),
  osVersion: z.string().nullable(),
  bootId: z.string().nullable(),
  sshHostKeys: z.array(z.string()),
})

export type Instance = z.infer<typeof Instance>

export const RunSummary = z.object({
  id: z.string(),
  state: RunState,
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  actions: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.string(),
      attempts: z.number().int(),
      progress: z.number().min(0).max(1).nullable(),
      message: z.string().nullable(),
      startedAt: z.iso.datetime().nullable(),
      endedAt: z.iso.datetime().nullable(),
    }),
  ),
})
export type RunSummary = z.infer<typeof RunSummary>

export const Node = z.object({
  id: z.string(),
  name: z.string(),
  serial: z.string().nullable(),
  uuid: z.string().nullable(),
  macs: z.array(z.string()),
  manufacturer: z.string().nullable(),
  product: z.string().nullable(),
  /** false for a machine that appeared by itself */
  registered: z.boolean(),
  profile: z.string().nullable(),
  state: HostState,
  desired: HostState,
  status: Status,
  /** why the machine is held or quarantined, else null */
  held: z.string().nullable(),
  instance: Instance.nullable(),
  run: RunSummary.nullable(),
  lastSeenAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
})
export type Node = z.infer<typeof Node>

export const NodeDetail = Node.extend({ inventory: Inventory.nullable() })
export type NodeDetail = z.infer<typeof NodeDetail>

/** Why a person asks for a machine to be imaged again; kept in the audit log. */
export const ReprovisionInput = z.strictObject({ reason: z.string().trim().min(3, 'say why, in a few words').max(500) })

/** From where a failed run is taken up again. */
export const RetryInput = z.strictObject({ from: z.enum(['failed-action', 'start']).default('failed-action') })
