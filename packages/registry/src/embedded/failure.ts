/** The embedded PostgreSQL cannot start; the message is a sentence with the directory and the remedy. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError'
}
