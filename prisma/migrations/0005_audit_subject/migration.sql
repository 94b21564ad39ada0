-- The subject of an audit entry is the id of what was changed, always, and its name stands beside it. Until now some
-- entries had the one and some the other.
ALTER TABLE "audit" ADD COLUMN "subject_name" TEXT;

-- Those that had the name. Most of them tell the id elsewhere; else what bears the name now, if it was there by then. What
-- is not found keeps its old text as both.
UPDATE "audit" a
   SET "subject_name" = CASE a."action" WHEN 'registry.backup' THEN (SELECT s."name" FROM "site" s) ELSE a."subject" END,
       "subject" = coalesce(
         CASE split_part(a."action", '.', 1)
           WHEN 'node' THEN coalesce(
             (SELECT i."node_id" FROM "instance" i
               WHERE i."id" = coalesce(a."after" #>> '{instance,id}', a."before" #>> '{instance,id}')),
             (SELECT n."id" FROM "node" n WHERE n."name" = a."subject" AND n."created_at" <= a."at"))
           WHEN 'profile' THEN coalesce(a."after" ->> 'id', a."before" ->> 'id',
             (SELECT p."id" FROM "profile" p WHERE p."name" = a."subject" AND p."created_at" <= a."at"))
           WHEN 'image' THEN coalesce(a."after" ->> 'id', a."before" ->> 'id',
             (SELECT i."id" FROM "image" i WHERE i."name" = a."subject" AND i."created_at" <= a."at"))
           ELSE (SELECT s."id" FROM "site" s)
         END,
         a."subject")
 WHERE a."action" IN ('node.provision', 'node.reprovision', 'node.retry', 'node.cancel', 'site.change',
                      'registry.backup', 'registry.restore')
    OR split_part(a."action", '.', 1) IN ('profile', 'image');

-- Those that had the id: the name that the entry itself tells, else the present one, else the last one. Of a split,
-- "after" is about the other node. An import has no name.
UPDATE "audit" a
   SET "subject_name" = coalesce(
         a."before" #>> '{into,name}', a."before" #>> '{node,name}', a."after" ->> 'name', a."before" ->> 'name',
         (SELECT n."name" FROM "node" n WHERE n."id" = a."subject"),
         (SELECT d."before" ->> 'name' FROM "audit" d WHERE d."subject" = a."subject" AND d."action" = 'node.delete'))
 WHERE a."subject_name" IS NULL AND a."action" <> 'node.import';
