-- Sets of addons, each an archive of the store, and the profiles that have them, in the order that they say.
CREATE TABLE "addon" (
    "id" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "note" TEXT,
    "image_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "addon_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "addon_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "addon_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "addon_site_id_name_key" ON "addon"("site_id", "name");
CREATE UNIQUE INDEX "addon_image_id_key" ON "addon"("image_id");

CREATE TABLE "profile_addon" (
    "profile_id" TEXT NOT NULL,
    "addon_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "profile_addon_pkey" PRIMARY KEY ("profile_id", "addon_id"),
    CONSTRAINT "profile_addon_profile_id_fkey" FOREIGN KEY ("profile_id") REFERENCES "profile"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "profile_addon_addon_id_fkey" FOREIGN KEY ("addon_id") REFERENCES "addon"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "profile_addon_addon_id_idx" ON "profile_addon"("addon_id");
