-- Of the K3s in an image, as a person says: its version, or 'none'. NULL: what was found in it counts.
ALTER TABLE "image" ADD COLUMN "k3s_version" TEXT;
