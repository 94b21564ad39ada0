export { type AuditEntry, audit } from './audit.ts'
export {
  createKey,
  createPhoneHomeToken,
  ensureFirstKey,
  findKey,
  phoneHomeInstance,
  replaceLocalKey,
  revokeKey,
  usePhoneHomeToken,
} from './credentials.ts'
export { type Db, dbNow, openRegistry, type Registry } from './database.ts'
export { isDatabaseDown } from './database-down.ts'
export { type DirectoryLock, lockDirectory } from './embedded/directory-lock.ts'
export { EmbeddedPostgresError } from './embedded/failure.ts'
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/start.ts'
export { createEventSink, type EventSink } from './event-sink.ts'
export { appendEvents, dropOldSightings, type NewEvent, timeline } from './events.ts'
export { newId } from './id.ts'
export { fillIdentifiers, findCandidates, lockIdentity, matchNode } from './identifiers.ts'
export { type NormalIdentity, normaliseIdentity } from './identity.ts'
export { type Candidate, type IdentityMatch, type MissingIdentifiers, matchIdentity } from './identity-match.ts'
export {
  createImage,
  deleteImage,
  failImage,
  failInterruptedImages,
  finishImage,
  getImage,
  listImages,
  type MadeImage,
  setImageProgress,
} from './images.ts'
export type { InstanceRecord } from './instance-row.ts'
export {
  createInstance,
  currentInstance,
  getInstance,
  type InstanceChange,
  overdueInstances,
  setInstanceProfile,
  setInstanceState,
} from './instances.ts'
export { appendLogs, listLogs, type NewLog } from './logs.ts'
export { MigrationError, migrate } from './migrate.ts'
export { createNode, deleteNode, patchNode } from './node-changes.ts'
export {
  findNode,
  findNodeId,
  getNode,
  listNodes,
  lockNode,
  type NodeStatusChange,
  nodeDetail,
  saveInventory,
  setNodeStatus,
  touchSeen,
} from './nodes.ts'
export type { Listed, Page } from './paging.ts'
export {
  createProfile,
  defaultProfile,
  deleteProfile,
  effectiveProfile,
  getProfile,
  listProfiles,
  type ProfileWithImage,
  replaceProfile,
} from './profiles.ts'
export { activeRun, createRun, latestRun, loadRun, manifestsOfOpenRuns, overdueRuns, saveRun } from './runs.ts'
export { hashSecret } from './secret.ts'
export { liveServers, registerServer, touchServer } from './servers.ts'
export {
  type BootSession,
  bindAgentKey,
  createBootSession,
  dropExpiredSessions,
  endOtherSessions,
  findBootSession,
  findBootSessionByToken,
  type NewBootSession,
  touchSession,
} from './sessions.ts'
export { ensureSite, getSite, patchSite, siteSigningKey } from './site.ts'
export { stages } from './stages.ts'
