-- Keys of screens on the wall.
ALTER TABLE "credential"
  DROP CONSTRAINT "credential_kind_check",
  ADD CONSTRAINT "credential_kind_check" CHECK (("kind" = 'key' AND "role" IN ('board', 'viewer', 'operator', 'admin')) OR ("kind" = 'phone-home' AND "scope" IS NOT NULL));
