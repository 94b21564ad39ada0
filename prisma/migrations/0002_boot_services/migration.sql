-- How machines are answered: DHCP mode, boot files, HTTPS with the site's own CA; the netboot policy of a node.
ALTER TABLE "site"
    ADD COLUMN "dhcp_mode" TEXT NOT NULL DEFAULT 'proxy',
    ADD COLUMN "user_class" TEXT NOT NULL DEFAULT 'Tinkerbell',
    ADD COLUMN "script_url" TEXT,
    ADD COLUMN "boot_files" JSONB NOT NULL DEFAULT '[]',
    ADD COLUMN "https" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "plain_http" TEXT NOT NULL DEFAULT 'allowed',
    ADD COLUMN "ca_certificate" TEXT,
    ADD COLUMN "ca_key" TEXT;

ALTER TABLE "node"
    ADD COLUMN "netboot_policy" TEXT NOT NULL DEFAULT 'allowed',
    ADD COLUMN "boot_file" TEXT;

ALTER TABLE "site" ADD CONSTRAINT "site_dhcp_mode" CHECK (dhcp_mode IN ('proxy', 'off'));
ALTER TABLE "site" ADD CONSTRAINT "site_plain_http" CHECK (plain_http IN ('allowed', 'refused'));
ALTER TABLE "site" ADD CONSTRAINT "site_ca_whole" CHECK ((ca_certificate IS NULL) = (ca_key IS NULL));
ALTER TABLE "node" ADD CONSTRAINT "node_netboot_policy" CHECK (netboot_policy IN ('allowed', 'denied', 'local'));

-- What the boot services keep at hand: the few nodes that are answered otherwise than all others.
CREATE INDEX "node_netboot_exception" ON "node" ("id") WHERE netboot_policy <> 'allowed' OR boot_file IS NOT NULL;
