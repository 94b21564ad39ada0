import { type Instance, type MediumInstallation, type Reason, shown } from '@eims/contracts'

/** Where an OS came from that no run of this registry installed. What the unit keeps of itself (UnitFile) says the same two. */
export interface Origin {
  instanceId: string | null
  begunAt: string | null
  /** what the medium tells of it; null: it is not known to come from one */
  medium: MediumInstallation | null
}

/** An instance as the engine needs it: the contract's and what is behind it. */
export interface InstanceRecord extends Instance {
  nodeId: string
  profileId: string | null
  machineId: string | null
  origin: Origin | null
  /** milliseconds since 1970, database clock: by then the OS must have reported itself */
  phoneHomeDueAt: number | null
}

/** A row of `instance` as to_json gives it, with the profile's name. */
export interface InstanceJson {
  id: string
  node_id: string
  profile_id: string | null
  profile: string | null
  state: Instance['state']
  desired_state: Instance['desired']
  status: Reason
  status_indicator: Instance['status']['indicator']
  status_at: string
  phone_home_due_at: string | null
  os_version: string | null
  boot_id: string | null
  machine_id: string | null
  ssh_host_keys: string[] | null
  origin: Origin | null
}

export function instanceOfJson(row: InstanceJson): Instance {
  return {
    id: row.id,
    state: row.state,
    desired: row.desired_state,
    status: { reason: shown(row.status), indicator: row.status_indicator, at: new Date(row.status_at).toISOString() },
    profile: row.profile,
    osVersion: row.os_version,
    bootId: row.boot_id,
    sshHostKeys: row.ssh_host_keys ?? [],
  }
}

export function instanceRecordOfJson(row: InstanceJson): InstanceRecord {
  return {
    ...instanceOfJson(row),
    nodeId: row.node_id,
    profileId: row.profile_id,
    machineId: row.machine_id,
    origin: row.origin,
    phoneHomeDueAt: row.phone_home_due_at === null ? null : Date.parse(row.phone_home_due_at),
  }
}
