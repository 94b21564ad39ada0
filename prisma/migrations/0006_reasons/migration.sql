-- Reasons as data: a code and the slots that its sentence is filled from. A sentence that was stored becomes the reason
-- `told`, which is that sentence; the few that programs looked for get their codes. What a machine waits for is no longer
-- stored: it is judged when it is asked for. A person's hold is.
CREATE FUNCTION pg_temp.told(words TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN words IS NULL THEN NULL ELSE jsonb_build_object('code', 'told', 'slots', jsonb_build_object('text', left(words, 4096))) END
$$;
CREATE FUNCTION pg_temp.plain(code TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('code', code, 'slots', '{}'::jsonb)
$$;

ALTER TABLE "node" ADD COLUMN "status" JSONB;
UPDATE "node" SET "status" = CASE
    WHEN "status_text" IN ('held', 'released', 'onboarded') THEN pg_temp.plain(CASE "state" WHEN 'REGISTERED' THEN 'registered' ELSE 'onboarded' END)
    WHEN "status_text" IN ('Registered', 'Registered, not seen yet') THEN pg_temp.plain('registered')
    WHEN "status_text" = 'Discovered' THEN pg_temp.plain('discovered')
    WHEN "status_text" = 'will be provisioned' THEN pg_temp.plain('will-be-provisioned')
    WHEN "status_text" = 'provisioned' THEN pg_temp.plain('provisioned')
    WHEN "status_text" = 'not provisioned' THEN pg_temp.plain('not-provisioned')
    WHEN "status_text" = 'its OS did not come up' THEN pg_temp.plain('os-did-not-come-up')
    WHEN "status_text" LIKE 'not heard of since %' THEN jsonb_build_object('code', 'silent', 'slots', jsonb_build_object('since', substr("status_text", 20)))
    ELSE pg_temp.told("status_text") END;
ALTER TABLE "node" ALTER COLUMN "status" SET NOT NULL, DROP COLUMN "status_text", DROP COLUMN "held_reason";
ALTER TABLE "node" RENAME COLUMN "hold_reason" TO "hold";

ALTER TABLE "instance" ADD COLUMN "status" JSONB;
UPDATE "instance" SET "status" = CASE
    WHEN "status_text" = 'the OS did not report itself in time' THEN pg_temp.plain('no-report-in-time')
    WHEN "status_text" = 'the OS is written; waits for it to report itself' THEN pg_temp.plain('written-awaits-report')
    WHEN "status_text" = 'the OS is written; the unit is sealed' THEN pg_temp.plain('written-and-sealed')
    WHEN "state" = 'RUNNING' AND "os_version" IS NOT NULL THEN jsonb_build_object('code', 'os-runs', 'slots', jsonb_build_object('os', "os_version"))
    ELSE pg_temp.told("status_text") END;
ALTER TABLE "instance" ALTER COLUMN "status" SET NOT NULL, DROP COLUMN "status_text";

ALTER TABLE "run" ALTER COLUMN "reason" TYPE JSONB USING pg_temp.told("reason");
ALTER TABLE "image" ALTER COLUMN "reason" TYPE JSONB USING pg_temp.told("reason");
ALTER TABLE "attempt" ADD COLUMN "reason" JSONB;
UPDATE "attempt" SET "reason" = pg_temp.told("message") WHERE "message" IS NOT NULL;
ALTER TABLE "attempt" DROP COLUMN "message";
