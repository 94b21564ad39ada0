-- Browsers that signed in with a key: the cookie's hash, and the key with which the session ends.
CREATE TABLE "browser_session" (
    "hash" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "browser_session_pkey" PRIMARY KEY ("hash"),
    CONSTRAINT "browser_session_key_id_fkey" FOREIGN KEY ("key_id") REFERENCES "credential" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "browser_session_key_id_idx" ON "browser_session" ("key_id");
