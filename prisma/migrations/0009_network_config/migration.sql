-- A profile's own network config for the OS; null: made of the machine's NICs.
ALTER TABLE "profile" ADD COLUMN "network_config" TEXT;
