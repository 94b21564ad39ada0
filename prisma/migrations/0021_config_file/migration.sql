-- Config-files of standalone edge nodes: of each key the most specific of the four counts.
ALTER TABLE "site" ADD COLUMN "config" TEXT;
ALTER TABLE "batch" ADD COLUMN "config" TEXT;
ALTER TABLE "profile" ADD COLUMN "config" TEXT;
ALTER TABLE "node" ADD COLUMN "config" TEXT;
