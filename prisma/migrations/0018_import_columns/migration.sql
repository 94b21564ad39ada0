-- What this site's lists call the columns of an import, by their names.
ALTER TABLE "site" ADD COLUMN "import_columns" JSONB NOT NULL DEFAULT '{}';
