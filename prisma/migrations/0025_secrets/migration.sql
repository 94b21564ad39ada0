-- Named texts that config-files refer to (contentFrom.secret): by their keys, in UTF-8.
CREATE TABLE "secret" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "values" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "secret_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "secret_name_key" ON "secret"("name");
