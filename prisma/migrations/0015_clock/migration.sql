-- How the database's clock went as the servers saw it: by how much it was ahead of the time that really passed, when that
-- was last found to agree (as a time that never jumped), and its last jumps.
CREATE TABLE "clock" (
    "id" TEXT NOT NULL,
    "looked_at" TIMESTAMPTZ(3) NOT NULL,
    "ahead" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "jumps" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "clock_pkey" PRIMARY KEY ("id")
);
