-- Parts of three signs and more of serials, MACs and UUIDs are found by an index instead of by reading all of them. It needs
-- the extension pg_trgm, which the embedded PostgreSQL and Debian's have, and a role that may make it, as the owner of a
-- database may, or one that is there already. A database without it works as well, only slower.
-- The digits of MACs and UUIDs are held without what stands between them. What waits to be put into the index is kept
-- short, since each search reads it.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX "node_identifier_serial_part" ON "node_identifier"
    USING gin (split_part("value", chr(31), 1) gin_trgm_ops) WITH (gin_pending_list_limit = 512) WHERE "kind" = 'serial';
  CREATE INDEX "node_identifier_mac_part" ON "node_identifier"
    USING gin (replace("value", ':', '') gin_trgm_ops) WITH (gin_pending_list_limit = 512) WHERE "kind" = 'mac';
  CREATE INDEX "node_identifier_uuid_part" ON "node_identifier"
    USING gin (replace(lower("shown") || ' ' || "value", '-', '') gin_trgm_ops) WITH (gin_pending_list_limit = 512) WHERE "kind" = 'uuid';
EXCEPTION
  WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE NOTICE 'no index of parts of serials, MACs and UUIDs: %', SQLERRM;
END
$$;

-- Where the present instances stand: the states of the list of nodes.
CREATE INDEX "instance_state_now" ON "instance" ("state", "node_id") WHERE "ended_at" IS NULL;

-- metadata.KEY = VALUE in any case of VALUE: a number for each pair, as long values have no place in an index.
CREATE FUNCTION "metadata_pairs"("metadata" jsonb) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(hashtextextended(key || chr(31) || lower(value), 0)), '{}') FROM jsonb_each_text("metadata")
$$;
CREATE INDEX "node_metadata_pairs" ON "node" USING gin (metadata_pairs("metadata")) WITH (gin_pending_list_limit = 512);
