-- The throughput of the overview counts the runs of twelve hours, and read all runs for it.
CREATE INDEX "run_ended_at_idx" ON "run"("ended_at");

-- A part of a serial or MAC is looked for in this index alone: with the node's id in it no row of the table is read.
DROP INDEX "node_identifier_kind_value_key";
CREATE UNIQUE INDEX "node_identifier_kind_value_key" ON "node_identifier"("kind", "value") INCLUDE ("node_id");
