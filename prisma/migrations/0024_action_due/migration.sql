-- By then all attempts of an action together must be over; set when the first one begins.
ALTER TABLE "action" ADD COLUMN "due_at" TIMESTAMPTZ(3);
