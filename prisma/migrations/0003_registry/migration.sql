-- The registry as people need it: local accounts, batches, more of a node and of a profile, and what the code promised
-- of identifiers now promised by the database.
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "user_name" TEXT NOT NULL,
    "ssh_keys" TEXT[],
    "password_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "account_name_key" ON "account"("name");

ALTER TABLE "site"
    ADD COLUMN "orchestrator_url" TEXT,
    ADD COLUMN "orchestrator_ca" TEXT,
    ADD COLUMN "mirrors" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "default_account_id" TEXT,
    ADD COLUMN "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "batch" ADD COLUMN "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "node"
    ADD COLUMN "hold_reason" TEXT,
    ADD COLUMN "account_id" TEXT,
    ADD COLUMN "disk" JSONB;
ALTER TABLE "profile"
    ADD COLUMN "description" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "os_type" TEXT NOT NULL DEFAULT 'mutable',
    ADD COLUMN "security_feature" TEXT NOT NULL DEFAULT 'none',
    ADD COLUMN "version" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "metadata" JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN "source" JSONB,
    ADD COLUMN "workflow" JSONB;

CREATE INDEX "node_account_id_idx" ON "node"("account_id");
ALTER TABLE "site" ADD CONSTRAINT "site_default_account_id_fkey" FOREIGN KEY ("default_account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "node" ADD CONSTRAINT "node_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- There is one site, whatever it is called.
CREATE UNIQUE INDEX "site_only_one" ON "site" ((true));

ALTER TABLE "batch" ADD CONSTRAINT "batch_expected_check" CHECK ("expected" > 0);
ALTER TABLE "node" ADD CONSTRAINT "node_metadata_check" CHECK (jsonb_typeof("metadata") = 'object');
ALTER TABLE "profile"
    ADD CONSTRAINT "profile_os_type_check" CHECK ("os_type" IN ('mutable', 'immutable')),
    ADD CONSTRAINT "profile_security_feature_check" CHECK ("security_feature" IN ('none', 'secure-boot-and-full-disk-encryption'));

-- A unique index sees two notations of one identifier as two identifiers; so there is one notation. Of a UUID and its
-- byte-swapped twin the smaller one stands there.
ALTER TABLE "node_identifier" ADD CONSTRAINT "node_identifier_canonical_check" CHECK (
  CASE "kind"
    WHEN 'mac' THEN "value" ~ '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$'
    WHEN 'uuid' THEN "value" ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' AND "value" COLLATE "C" <=
      (substr("value", 7, 2) || substr("value", 5, 2) || substr("value", 3, 2) || substr("value", 1, 2) || '-' ||
       substr("value", 12, 2) || substr("value", 10, 2) || '-' ||
       substr("value", 17, 2) || substr("value", 15, 2) || substr("value", 19)) COLLATE "C"
    ELSE "value" <> '' AND "value" = lower("value") AND "value" = btrim("value") AND "value" !~ '  '
  END);
