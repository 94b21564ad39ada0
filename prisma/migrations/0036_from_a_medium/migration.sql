-- Where an OS came from that no run of this registry installed.
ALTER TABLE "instance" ADD COLUMN "origin" JSONB;
