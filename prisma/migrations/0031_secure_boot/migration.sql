-- Which firmware gets Debian's signed chain instead of iPXE.
ALTER TABLE "site" ADD COLUMN "secure_boot" TEXT NOT NULL DEFAULT 'auto';
ALTER TABLE "site" ADD CONSTRAINT "site_secure_boot_check" CHECK ("secure_boot" IN ('auto', 'on', 'off'));
