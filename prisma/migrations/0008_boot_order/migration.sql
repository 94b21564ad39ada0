-- What a unit with UEFI tries first, its disk or the network, and whether its last Linux partition is made as large as the
-- disk lets it. Profiles and sites of earlier versions: the disk, as it was.
ALTER TABLE "site" ADD COLUMN "boot_order" TEXT NOT NULL DEFAULT 'disk';
ALTER TABLE "profile" ADD COLUMN "boot_order" TEXT, ADD COLUMN "grow_root" BOOLEAN NOT NULL DEFAULT true;
