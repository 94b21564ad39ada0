-- Which of several machines with one serial and UUID is the node, by a person's word.
ALTER TABLE "node" ADD COLUMN "claimed_mac" TEXT;

-- What an installed OS calls itself, and whose it may be besides: images that carry a machine-id, host keys or a name.
ALTER TABLE "instance" ADD COLUMN "host_name" TEXT;
CREATE INDEX "instance_machine_id_idx" ON "instance"("machine_id");
CREATE INDEX "instance_host_name_idx" ON "instance"("host_name");
CREATE INDEX "instance_ssh_host_keys_idx" ON "instance" USING GIN ("ssh_host_keys");

-- The MACs of each boot are in its session's identity since the first version; other boots of a node are found by this.
CREATE INDEX "attempt_session_id_idx" ON "attempt"("session_id");
