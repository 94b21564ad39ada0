-- Serials and UUIDs that a person knows to be on many machines.
ALTER TABLE "site" ADD COLUMN "shared_identifiers" TEXT[] NOT NULL DEFAULT '{}';
