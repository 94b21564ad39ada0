export {
  createAccount,
  deleteAccount,
  effectiveAccount,
  getAccount,
  listAccounts,
  replaceAccount,
} from './accounts.ts'
export { type AuditEntry, audit } from './audit.ts'
export { listAudit } from './audit-list.ts'
export type { AfterRestore } from './backup-settle.ts'
export { type BackupSchema, type BackupSource, openBackupSource } from './backup-source.ts'
export { type BackupTarget, openBackupTarget, RestoreError, refuseRestore } from './backup-target.ts'
export { createBatch, deleteBatch, getBatch, listBatches, readBatches, replaceBatch } from './batches.ts'
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
export { type MachineRecord, machineRecord } from './diagnosis.ts'
export { type DirectoryLock, lockDirectory } from './embedded/directory-lock.ts'
export { EmbeddedPostgresError } from './embedded/failure.ts'
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/start.ts'
export { createEventSink, type EventSink } from './event-sink.ts'
export { type EventFilter, type EventMark, eventMark, eventsBetween } from './event-stream.ts'
export { appendEvents, dropOldSightings, type NewEvent, timeline } from './events.ts'
export { type ExportNode, exportNodes } from './export-nodes.ts'
export { nodeFields } from './filter/node-fields.ts'
export { filterWhere } from './filter/where.ts'
export { newId } from './id.ts'
export {
  abandonRequest,
  type Claim,
  claimRequest,
  finishRequest,
  requestHash,
  requestName,
} from './idempotency.ts'
export { fillIdentifiers, findCandidates, lockIdentity, matchNode } from './identifiers.ts'
export { canonicalUuid, type NormalIdentity, normaliseIdentity } from './identity.ts'
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
export {
  type ImportOptions,
  type ImportVerdict,
  type ImportWork,
  importNodes,
} from './import.ts'
export { type ImportReferences, importReferences } from './import-references.ts'
export { type ImportRow, importIdentifiers, type RowIdentifier, type RowProblem } from './import-row.ts'
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
export { addKey, endKey, getKey, listKeys } from './keys.ts'
export { appendLogs, listLogs, type NewLog } from './logs.ts'
export { MigrationError, migrate } from './migrate.ts'
export { type NetbootException, netbootExceptions } from './netboot.ts'
export { createNode, deleteNode } from './node-changes.ts'
export { adoptNode, holdNode, holdReason, releaseNode } from './node-hold.ts'
export { mergeNodes, splitNode } from './node-merge.ts'
export { patchNode } from './node-patch.ts'
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
export { lockRow } from './row-lock.ts'
export { activeRun, createRun, latestRun, loadRun, manifestsOfOpenRuns, overdueRuns, saveRun } from './runs.ts'
export { hashSecret } from './secret.ts'
export { type Selection, selectNodes } from './selection.ts'
export {
  forgetServers,
  liveServers,
  registerServer,
  removeServer,
  type ServerRow,
  touchServer,
} from './servers.ts'
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
export { checkSiteName, ensureSite, getSite, patchSite, siteSigningKey } from './site.ts'
export { ensureSiteCa, replaceSiteCa, type SiteCa, siteCa, siteCaCertificate } from './site-ca.ts'
export { passes, stages } from './stages.ts'
export { isBusy } from './violation.ts'
