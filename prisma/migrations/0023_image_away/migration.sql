-- Which image a run waits for that no server has, and when its machine was last told so. It is forgotten with the next action.
ALTER TABLE "run" ADD COLUMN "away" JSONB;
