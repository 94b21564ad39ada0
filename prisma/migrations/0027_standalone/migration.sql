-- Profiles whose units keep nothing of the server once they run, and whether those can be taken in again.
ALTER TABLE "profile" ADD COLUMN "standalone" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "onboarding" TEXT NOT NULL DEFAULT 'never';
