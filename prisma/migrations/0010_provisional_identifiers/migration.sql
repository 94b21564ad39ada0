-- What a machine adds to its node's record by itself identifies no other machine as that node until a run with it ended
-- well. What is on record by now has counted so far and goes on counting.
ALTER TABLE "node_identifier" ADD COLUMN "provisional" BOOLEAN NOT NULL DEFAULT false;
