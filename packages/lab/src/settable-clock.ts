/**
 * Statements that put a clock of our own before PostgreSQL's, in one database, for every session that begins after them:
 * `update settable.setting set ahead = interval '1 day'` sets it. The computer's own clock stays as it is, and so do
 * defaults of columns, which were resolved when their tables were made.
 */
export const settableClock = (database: string): string[] => [
  'create schema settable',
  'create table settable.setting (ahead interval not null)',
  `insert into settable.setting values ('0')`,
  ...['clock_timestamp', 'statement_timestamp', 'now'].map(
    (name) => `create function settable.${name}() returns timestamptz language sql volatile as
      $$ select pg_catalog.${name}() + (select ahead from settable.setting) $$`,
  ),
  `alter database ${database} set search_path = settable, pg_catalog, public`,
]
