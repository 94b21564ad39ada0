-- Whether firmware gets Debian's signed chain, by node and by model, and whether a boot came that way after iPXE was refused.
ALTER TABLE "node" ADD COLUMN "secure_boot" TEXT;
ALTER TABLE "node" ADD CONSTRAINT "node_secure_boot_check" CHECK ("secure_boot" IN ('auto', 'on', 'off'));
ALTER TABLE "site" ADD COLUMN "secure_boot_models" JSONB NOT NULL DEFAULT '[]';
ALTER TABLE "boot_session" ADD COLUMN "refused_ipxe" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "node_product" ON "node" (lower("product")) WHERE "product" IS NOT NULL;
DROP INDEX "node_netboot_exception";
CREATE INDEX "node_netboot_exception" ON "node" ("id")
  WHERE netboot_policy <> 'allowed' OR state = 'UNTRUSTED' OR boot_file IS NOT NULL OR secure_boot IS NOT NULL;
