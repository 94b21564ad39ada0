-- What an image holds that decides where it can run: found when it is added, for earlier images at the next start.
ALTER TABLE "image" ADD COLUMN "facts" JSONB;
-- What a run installs, by the names of that time: the profile may get another image, and both may be gone, later.
ALTER TABLE "run" ADD COLUMN "installs" JSONB;
