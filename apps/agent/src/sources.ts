import type { NextReply, ReportRequest } from '@eims/contracts'

/** Where the run's actions come from: a server now, a file on a stick later. Resolves when there is an answer. */
export interface PlanSource {
  next(signal: AbortSignal): Promise<NextReply>
}

/**
 * What became of a report. `stale`: the attempt is over for the server, so its action must stop.
 * A report that nobody answered yet is not an outcome: `report` keeps trying.
 */
export type ReportOutcome =
  | { kind: 'accepted'; cancelled: boolean; leaseSeconds: number }
  | { kind: 'stale'; reason: string }

/** Takes progress and results. Resolves when the report was accepted or refused for good. */
export interface ReportSink {
  report(report: ReportRequest, signal: AbortSignal): Promise<ReportOutcome>
}

/** The source answered and does not have this chunk; every other rejection means "not now". */
export class ChunkMissing extends Error {}

/** Bytes by digest: a server, a mirror, a stick. The bytes are not verified yet. */
export interface ChunkSource {
  /** for messages, e.g. `http://192.168.77.1:7480` */
  readonly name: string
  /**
   * @param digest   SHA-256 of the bytes, hexadecimal
   * @param maxBytes more than so many bytes are refused
   * @param into     memory of at least `maxBytes` that the bytes may be put to
   * @throws ChunkMissing when the source does not have it, anything else when it could not be asked
   */
  fetch(digest: string, maxBytes: number, signal: AbortSignal, into?: Buffer): Promise<Buffer>
}
