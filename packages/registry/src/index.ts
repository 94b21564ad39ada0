export {
  type BrowserSession,
  beginSession,
  endSession,
  findSession,
  type SessionLimits,
} from './access/browser-sessions.ts'
export {
  createKey,
  createPhoneHomeToken,
  ensureFirstKey,
  findKey,
  phoneHomeInstance,
  replaceLocalKey,
  revokeKey,
  usePhoneHomeToken,
} from './access/credentials.ts'
export {
  abandonRequest,
  type Claim,
  claimRequest,
  finishRequest,
  requestHash,
  requestName,
} from './access/idempotency.ts'
export { addKey, endKey, getKey, listKeys } from './access/keys.ts'
export { hashSecret } from './access/secret.ts'
export { applyAll } from './apply/apply.ts'
export type { ReadyConfigs } from './apply/configs.ts'
export { audit } from './audit/audit.ts'
export { listAudit } from './audit/list.ts'
export { type BackupSource, openBackupSource } from './backup/source.ts'
export { type BackupTarget, openBackupTarget, RestoreError, refuseRestore } from './backup/target.ts'
export { type StoredBoard, storedBoard } from './board.ts'
export {
  createAccount,
  deleteAccount,
  effectiveAccount,
  getAccount,
  listAccounts,
  replaceAccount,
} from './catalogue/accounts.ts'
export {
  type AddonArchive,
  archivesOf,
  createAddon,
  deleteAddon,
  getAddon,
  listAddons,
  replaceAddon,
} from './catalogue/addons.ts'
export { createBatch, deleteBatch, getBatch, listBatches, replaceBatch } from './catalogue/batches.ts'
export {
  configFilesHolding,
  configFilesOf,
  type StoredConfigFile,
  storedConfigFile,
  withShownConfig,
} from './catalogue/config-files.ts'
export {
  checkImageName,
  createImage,
  deleteImage,
  failImage,
  failInterruptedImages,
  finishImage,
  getImage,
  imagesFrom,
  imagesWithoutFacts,
  listImages,
  patchImage,
  setImageFacts,
  setImageProgress,
  unusedFailedImages,
} from './catalogue/images.ts'
export {
  createProfile,
  defaultProfile,
  deleteProfile,
  effectiveProfile,
  getProfile,
  listProfiles,
  replaceProfile,
} from './catalogue/profiles.ts'
export {
  createSecret,
  deleteSecret,
  getSecret,
  listSecrets,
  patchSecret,
  secretValues,
} from './catalogue/secrets.ts'
export {
  createWorkflow,
  deleteWorkflow,
  getWorkflow,
  listWorkflows,
  replaceWorkflow,
  type StoredWorkflow,
} from './catalogue/workflows.ts'
export { besideClaim, underClaim } from './database/claim.ts'
export { type Db, dbNow, openRegistry, type PoolUse, type Registry } from './database/database.ts'
export { isDatabaseDown, isPoolExhausted } from './database/down.ts'
export { newId } from './database/id.ts'
export { type Lack, lackOf, noteIfRoom } from './database/lack.ts'
export { MigrationError, migrate } from './database/migrate.ts'
export { knowingOutcome, OutcomeUnknown } from './database/outcome.ts'
export { keepRow, lockRow } from './database/row-lock.ts'
export { isBusy } from './database/violation.ts'
export { type MachineRecord, machineRecord } from './diagnosis.ts'
export { lockDirectory } from './embedded/directory-lock.ts'
export { EmbeddedPostgresError } from './embedded/failure.ts'
export { keepRunning } from './embedded/keep.ts'
export { reserveLogRoom } from './embedded/log-room.ts'
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/start.ts'
export { appendEvents, dropOldSightings, timeline } from './events/events.ts'
export { createEventSink, type EventSink } from './events/sink.ts'
export { type EventFilter, type EventMark, eventMark, eventsBetween } from './events/stream.ts'
export { type Figure, siteFigures } from './figures.ts'
export {
  fillIdentifiers,
  findCandidates,
  identify,
  identifyAll,
  lockIdentity,
  matchNode,
} from './identity/identifiers.ts'
export { canonicalUuid, type NormalIdentity, normaliseIdentity } from './identity/identity.ts'
export { type Candidate, type IdentityMatch, matchIdentity, nodesOf, sideBySide } from './identity/match.ts'
export {
  amendImport,
  beginImport,
  endImport,
  findImport,
  listImports,
  noImport,
  noteInterrupted,
} from './imports/history.ts'
export { type ImportVerdict, importNodes } from './imports/import.ts'
export { type ImportRow, importIdentifiers, type RowProblem } from './imports/import-row.ts'
export { type ImportReferences, importReferences } from './imports/references.ts'
export { undoImport } from './imports/undo.ts'
export type { Listed, Page } from './listing/paging.ts'
export { claimNode } from './nodes/claim.ts'
export { addNode, createNode, registerNode } from './nodes/create.ts'
export { type ExportNode, exportNodes } from './nodes/export.ts'
export { forgetProvisional } from './nodes/forget.ts'
export { adoptAll, adoptNode, holdNode, refuseActive, releaseNode } from './nodes/hold.ts'
export { changeNodes, type ManyChange } from './nodes/many.ts'
export { mergeNodes, splitNode } from './nodes/merge.ts'
export type { StoredNode } from './nodes/node-row.ts'
export {
  fillInventory,
  findNode,
  getNode,
  listNodes,
  lockNode,
  nodeDetail,
  nodesById,
  saveInventory,
} from './nodes/nodes.ts'
export { patchNode } from './nodes/patch.ts'
export { deleteNode } from './nodes/remove.ts'
export { type Selection, selectNodes } from './nodes/selection.ts'
export { countUnregistered, hasRoom, makeRoom } from './nodes/strangers.ts'
export type { WaitingReader } from './nodes/waiting.ts'
export { expectedEnd, siteOverview } from './overview.ts'
export { dropImports, dropUndoData } from './retention/imports.ts'
export { type Measured, measure } from './retention/measure.ts'
export { type Look, type Pressure, type Swept, shortenTimelines, sweepStretch } from './retention/passes.ts'
export { claimSweep, type Dropped, eventsDroppedTo, noteDropped, sweepRecord } from './retention/record.ts'
export { factsOfIdle } from './runs/idle.ts'
export { noteAway } from './runs/image-away.ts'
export type { Origin } from './runs/instance-row.ts'
export {
  createInstance,
  currentInstance,
  getInstance,
  originsOf,
  overdueInstances,
  unreportedUnder,
} from './runs/instances.ts'
export { HEARD_LATELY_MS, judgeFacts, type MachineState, readMachine } from './runs/judge-facts.ts'
export { type KeptLines, keepLines, LOG_LIMITS, type LogLimits, type NewLog } from './runs/log-room.ts'
export { listLogs } from './runs/logs.ts'
export { activeRun, firmwareBoots, latestRun, loadRun, manifestsOfOpenRuns, overdueRuns } from './runs/runs.ts'
export {
  type BootSession,
  bindAgentKey,
  createBootSession,
  dropExpiredSessions,
  endOtherSessions,
  findBootSession,
  findBootSessionByToken,
  nodelessSessions,
  sessionsOfNode,
} from './runs/sessions.ts'
export { passes, stages } from './runs/stages.ts'
export { type Changes, writeChanges, writeProgress } from './runs/write-changes.ts'
export { ensureSiteCa, replaceSiteCa, type SiteCa, siteCa, siteCaCertificate } from './site/ca.ts'
export { type ClockRecord, lockClock, moveInstants, noteAgreement, readClock } from './site/clock.ts'
export { type NetbootException, netbootExceptions } from './site/netboot.ts'
export {
  forgetServers,
  liveServers,
  registerServer,
  removeServer,
  type ServerRow,
  touchServer,
} from './site/servers.ts'
export { ensureSite, getSite, patchSite, siteSigningKey } from './site/site.ts'
export {
  claimWebhook,
  type Hook,
  moveOn,
  noteDelivered,
  noteFailed,
  webhooksToServe,
} from './webhooks/deliveries.ts'
export {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  patchWebhook,
  webhookSecret,
} from './webhooks/webhooks.ts'
