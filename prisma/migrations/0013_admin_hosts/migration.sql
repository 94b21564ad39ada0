-- Further names by which administrators may call this site's servers.
ALTER TABLE "site" ADD COLUMN "admin_hosts" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];
