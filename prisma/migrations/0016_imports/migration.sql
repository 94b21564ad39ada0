-- The history of imports, and of the newest ones what each of their nodes was before, by which they can be undone.
CREATE TABLE "import" (
    "id" TEXT NOT NULL,
    "file_name" TEXT,
    "actor" TEXT NOT NULL,
    "server_id" TEXT,
    "state" TEXT NOT NULL,
    "committed" BOOLEAN NOT NULL DEFAULT false,
    "batch" TEXT,
    "bytes" INTEGER,
    "sha256" TEXT,
    "counts" JSONB,
    "report" JSONB,
    "why" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "nodes" INTEGER NOT NULL DEFAULT 0,
    "events_to" BIGINT,
    "undo_dropped_at" TIMESTAMPTZ(3),
    "undone_at" TIMESTAMPTZ(3),
    "undo" JSONB,

    CONSTRAINT "import_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "import_state" CHECK ("state" IN ('running', 'done', 'cancelled', 'failed', 'interrupted'))
);
CREATE INDEX "import_started_at_id_idx" ON "import"("started_at", "id");

-- No foreign keys: a node may go, and an import of 100,000 rows would look 100,000 times for the one it is of.
CREATE TABLE "import_node" (
    "import_id" TEXT NOT NULL,
    "node_id" TEXT NOT NULL,
    "row" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "was" JSONB,
    "seen_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "import_node_pkey" PRIMARY KEY ("import_id", "node_id")
);
