-- An untrusted node is one of them, too; without it in the index each look went through every node.
DROP INDEX "node_netboot_exception";
CREATE INDEX "node_netboot_exception" ON "node" ("id")
  WHERE netboot_policy <> 'allowed' OR state = 'UNTRUSTED' OR boot_file IS NOT NULL;
