-- Workflow templates that are kept, the profiles that name one, and what they need of images and machines.
CREATE TABLE "workflow" (
    "id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "report" TEXT,
    "reports" TEXT NOT NULL,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflow_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "workflow_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "workflow_site_id_name_key" ON "workflow"("site_id", "name");

ALTER TABLE "profile"
    ADD COLUMN "workflow_id" TEXT,
    ADD COLUMN "workflow_params" JSONB NOT NULL DEFAULT '{}',
    ADD CONSTRAINT "profile_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflow"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "profile_workflow_id_idx" ON "profile"("workflow_id");

ALTER TABLE "image" ADD COLUMN "source_url" TEXT;
CREATE INDEX "image_source_url_idx" ON "image"("source_url");

ALTER TABLE "node" ADD COLUMN "hardware" JSONB, ADD COLUMN "plan_fault" JSONB;
CREATE INDEX "node_plan_fault_idx" ON "node"("id") WHERE "plan_fault" IS NOT NULL;
