/**
 * How long the database may take, in milliseconds. All but `lock` are kept by this side: a server that was stopped, or
 * whose host is gone, keeps no limit of its own.
 */
export const PATIENCE = {
  /** until a connection stands, or one of the pool is free */
  connect: 10_000,
  /** for what somebody else holds; kept by the server, which then says no */
  lock: 10_000,
  /** for a statement in which no byte comes or goes */
  statement: 15_000,
  /** the same for the statements of imports and backups */
  bulk: 15 * 60_000,
  /** the same for migrations and restores, where a statement may write a whole table anew */
  schema: 60 * 60_000,
} as const
