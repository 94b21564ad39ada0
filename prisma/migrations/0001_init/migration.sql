-- The first schema: what Prisma derives from schema.prisma, and at the end what it cannot express.
-- CreateTable
CREATE TABLE "site" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "default_profile_id" TEXT,
    "unknown_policy" TEXT,
    "auto_provision" BOOLEAN NOT NULL DEFAULT true,
    "overwrite_unregistered" BOOLEAN NOT NULL DEFAULT false,
    "chain_rom_ipxe" TEXT NOT NULL DEFAULT 'auto',
    "http_proxy" TEXT,
    "no_proxy" TEXT,
    "ntp_servers" TEXT[],
    "signing_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "site_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch" (
    "id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "note" TEXT,
    "expected" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node" (
    "id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "name" TEXT NOT NULL,
    "manufacturer" TEXT,
    "product" TEXT,
    "registered" BOOLEAN NOT NULL,
    "profile_id" TEXT,
    "state" TEXT NOT NULL,
    "desired_state" TEXT NOT NULL,
    "status_text" TEXT NOT NULL,
    "status_indicator" TEXT NOT NULL,
    "status_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "held_reason" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "inventory" JSONB,
    "last_seen_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node_identifier" (
    "id" TEXT NOT NULL,
    "node_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "shown" TEXT NOT NULL,

    CONSTRAINT "node_identifier_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "boot_session" (
    "id" TEXT NOT NULL,
    "node_id" TEXT,
    "token_hash" TEXT NOT NULL,
    "identity" JSONB NOT NULL,
    "boot_mac" TEXT,
    "architecture" TEXT,
    "firmware" TEXT,
    "agent_key_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "onboarded_at" TIMESTAMPTZ(3),
    "seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "boot_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "profile" (
    "id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "image_id" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "finish" TEXT NOT NULL,
    "overwrite" BOOLEAN NOT NULL,
    "disk" JSONB,
    "account" JSONB,
    "cloud_config" TEXT,
    "kernel_args" TEXT NOT NULL DEFAULT '',
    "phone_home_timeout" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "profile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "image" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "source_sha256" TEXT,
    "raw_size" BIGINT,
    "raw_sha256" TEXT,
    "manifest_sha256" TEXT,
    "frame_count" INTEGER,
    "stored_size" BIGINT,
    "server_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instance" (
    "id" TEXT NOT NULL,
    "node_id" TEXT NOT NULL,
    "profile_id" TEXT,
    "state" TEXT NOT NULL,
    "desired_state" TEXT NOT NULL,
    "status_text" TEXT NOT NULL,
    "status_indicator" TEXT NOT NULL,
    "status_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "phone_home_due_at" TIMESTAMPTZ(3),
    "os_version" TEXT,
    "boot_id" TEXT,
    "machine_id" TEXT,
    "ssh_host_keys" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" TEXT NOT NULL,
    "node_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "action" (
    "run_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "result" JSONB,

    CONSTRAINT "action_pkey" PRIMARY KEY ("run_id","id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "run_id" TEXT NOT NULL,
    "action_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "progress" DOUBLE PRECISION,
    "message" TEXT,
    "exit_code" INTEGER,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("run_id","action_id","number")
);

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 1,
    "node_id" TEXT,
    "mac" TEXT,
    "run_id" TEXT,
    "message" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log" (
    "id" BIGSERIAL NOT NULL,
    "node_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "action_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "stream" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "role" TEXT,
    "scope" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "server" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "urls" TEXT[],
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "server_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "site_name_key" ON "site"("name");

-- CreateIndex
CREATE UNIQUE INDEX "batch_site_id_name_key" ON "batch"("site_id", "name");

-- CreateIndex
CREATE INDEX "node_profile_id_idx" ON "node"("profile_id");

-- CreateIndex
CREATE INDEX "node_batch_id_idx" ON "node"("batch_id");

-- CreateIndex
CREATE UNIQUE INDEX "node_site_id_name_key" ON "node"("site_id", "name");

-- CreateIndex
CREATE INDEX "node_identifier_node_id_idx" ON "node_identifier"("node_id");

-- CreateIndex
CREATE UNIQUE INDEX "node_identifier_kind_value_key" ON "node_identifier"("kind", "value");

-- CreateIndex
CREATE UNIQUE INDEX "boot_session_token_hash_key" ON "boot_session"("token_hash");

-- CreateIndex
CREATE INDEX "boot_session_node_id_idx" ON "boot_session"("node_id");

-- CreateIndex
CREATE INDEX "boot_session_expires_at_idx" ON "boot_session"("expires_at");

-- CreateIndex
CREATE INDEX "profile_image_id_idx" ON "profile"("image_id");

-- CreateIndex
CREATE UNIQUE INDEX "profile_site_id_name_key" ON "profile"("site_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "image_name_key" ON "image"("name");

-- CreateIndex
CREATE INDEX "instance_node_id_idx" ON "instance"("node_id");

-- CreateIndex
CREATE INDEX "instance_phone_home_due_at_idx" ON "instance"("phone_home_due_at");

-- CreateIndex
CREATE INDEX "run_node_id_idx" ON "run"("node_id");

-- CreateIndex
CREATE INDEX "run_instance_id_idx" ON "run"("instance_id");

-- CreateIndex
CREATE UNIQUE INDEX "action_run_id_position_key" ON "action"("run_id", "position");

-- CreateIndex
CREATE INDEX "event_node_id_id_idx" ON "event"("node_id", "id");

-- CreateIndex
CREATE INDEX "event_mac_id_idx" ON "event"("mac", "id");

-- CreateIndex
CREATE INDEX "event_at_idx" ON "event"("at");

-- CreateIndex
CREATE INDEX "log_node_id_id_idx" ON "log"("node_id", "id");

-- CreateIndex
CREATE INDEX "log_run_id_id_idx" ON "log"("run_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "credential_hash_key" ON "credential"("hash");

-- CreateIndex
CREATE INDEX "credential_scope_idx" ON "credential"("scope");

-- CreateIndex
CREATE INDEX "audit_subject_id_idx" ON "audit"("subject", "id");

-- AddForeignKey
ALTER TABLE "site" ADD CONSTRAINT "site_default_profile_id_fkey" FOREIGN KEY ("default_profile_id") REFERENCES "profile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batch" ADD CONSTRAINT "batch_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node" ADD CONSTRAINT "node_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node" ADD CONSTRAINT "node_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batch"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node" ADD CONSTRAINT "node_profile_id_fkey" FOREIGN KEY ("profile_id") REFERENCES "profile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node_identifier" ADD CONSTRAINT "node_identifier_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "boot_session" ADD CONSTRAINT "boot_session_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "profile" ADD CONSTRAINT "profile_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "profile" ADD CONSTRAINT "profile_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "instance" ADD CONSTRAINT "instance_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "instance" ADD CONSTRAINT "instance_profile_id_fkey" FOREIGN KEY ("profile_id") REFERENCES "profile"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES "instance"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "action" ADD CONSTRAINT "action_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_run_id_action_id_fkey" FOREIGN KEY ("run_id", "action_id") REFERENCES "action"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;



-- One active run a node, one current instance a node: the database says no, whatever the code does.
CREATE UNIQUE INDEX "run_one_active_per_node" ON "run"("node_id") WHERE "state" IN ('PENDING', 'RUNNING');
CREATE UNIQUE INDEX "instance_one_current_per_node" ON "instance"("node_id") WHERE "ended_at" IS NULL;

-- Leases that may have run out; a serial is looked up without the manufacturer that may follow it (identifiers.ts).
CREATE INDEX "attempt_running_lease" ON "attempt"("lease_until") WHERE "state" = 'RUNNING';
CREATE INDEX "node_identifier_plain" ON "node_identifier"("kind", split_part("value", chr(31), 1));

-- Words that the contracts allow.
ALTER TABLE "site"
  ADD CONSTRAINT "site_unknown_policy_check" CHECK ("unknown_policy" IN ('default-profile', 'hold', 'refuse')),
  ADD CONSTRAINT "site_chain_rom_ipxe_check" CHECK ("chain_rom_ipxe" IN ('auto', 'always')),
  ADD CONSTRAINT "site_signing_key_check" CHECK (octet_length("signing_key") = 32);
ALTER TABLE "node"
  ADD CONSTRAINT "node_state_check" CHECK ("state" IN ('REGISTERED', 'ONBOARDED', 'UNTRUSTED', 'DELETED')),
  ADD CONSTRAINT "node_desired_state_check" CHECK ("desired_state" IN ('REGISTERED', 'ONBOARDED', 'UNTRUSTED', 'DELETED')),
  ADD CONSTRAINT "node_status_indicator_check" CHECK ("status_indicator" IN ('IDLE', 'IN_PROGRESS', 'ERROR'));
ALTER TABLE "node_identifier"
  ADD CONSTRAINT "node_identifier_kind_check" CHECK ("kind" IN ('serial', 'uuid', 'mac'));
ALTER TABLE "profile"
  ADD CONSTRAINT "profile_finish_check" CHECK ("finish" IN ('reboot', 'poweroff', 'hold'));
ALTER TABLE "image"
  ADD CONSTRAINT "image_state_check" CHECK ("state" IN ('converting', 'ready', 'failed')),
  ADD CONSTRAINT "image_ready_check" CHECK ("state" <> 'ready' OR ("manifest_sha256" IS NOT NULL AND "raw_size" > 0));
ALTER TABLE "instance"
  ADD CONSTRAINT "instance_state_check" CHECK ("state" IN ('PENDING', 'PROVISIONING', 'PROVISIONED', 'RUNNING', 'FAILED')),
  ADD CONSTRAINT "instance_desired_state_check" CHECK ("desired_state" IN ('PENDING', 'PROVISIONING', 'PROVISIONED', 'RUNNING', 'FAILED')),
  ADD CONSTRAINT "instance_status_indicator_check" CHECK ("status_indicator" IN ('IDLE', 'IN_PROGRESS', 'ERROR'));
ALTER TABLE "run"
  ADD CONSTRAINT "run_state_check" CHECK ("state" IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'));
ALTER TABLE "action"
  ADD CONSTRAINT "action_state_check" CHECK ("state" IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT'));
ALTER TABLE "attempt"
  ADD CONSTRAINT "attempt_state_check" CHECK ("state" IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'LOST', 'CANCELLED')),
  ADD CONSTRAINT "attempt_progress_check" CHECK ("progress" BETWEEN 0 AND 1);
ALTER TABLE "event"
  ADD CONSTRAINT "event_count_check" CHECK ("count" > 0);
ALTER TABLE "log"
  ADD CONSTRAINT "log_stream_check" CHECK ("stream" IN ('agent', 'stdout', 'stderr'));
ALTER TABLE "credential"
  ADD CONSTRAINT "credential_kind_check" CHECK (("kind" = 'key' AND "role" IN ('viewer', 'operator', 'admin')) OR ("kind" = 'phone-home' AND "scope" IS NOT NULL));
