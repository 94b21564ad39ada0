import { ADDONS_LABEL } from '@eims/contracts'

/**
 * The part of the first boot's script by which a standalone unit keeps nothing of ours (docs/decisions/0024). Nothing that
 * cloud-init needs to know the same instance again is written at any time: `meta-data` and `network-config` of the seed,
 * `data/instance-id` and the semaphores below /var/lib/cloud.
 *
 * The power may go after any write. Until the seed's `user-data` is emptied, it brings this script again at the next boot;
 * the note below /var/lib/eims goes before it, and the token that was blotted before either says as well as the note that a
 * report was accepted. `user-data` itself changes by one sector, which a disk writes whole or not at all: it becomes MIME, of
 * which cloud-init reads nothing behind the last boundary, with a bootcmd that does what is left to do in the seed. What
 * stands behind it can then be overwritten in any order. All of the document is ASCII (documents.ts): half of a letter at
 * the end of a sector would be no text, and the whole of it unread.
 */
export const LEAVE_FUNCTIONS = `EMPTY = b"#cloud-config\\n"
SECTOR = 512
FINISH = r"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x

#cloud-config
bootcmd:
- |
  d=/run/seed;mkdir -p $d;mount UUID=%s $d&&python3 - $d/user-data <<E
  import os,sys
  f=open(sys.argv[1],'r+b',0);n=len(f.read())
  def w(o,b):f.seek(o);f.write(b);os.fsync(f)
  w(512,b'\\n'*(n-512))
  w(0,b'#cloud-config\\n'.ljust(512,b'\\n'))
  f.truncate(14)
  E
  umount $d
--x--
"""


def leaving(config, state):
    """Whether it is to keep nothing: so it was noted or, with the note gone, so the blotted token says."""
    noted = state.get("phase") == "leaving"
    return bool(config.get("standalone")) and (noted or (not state and not config["token"].strip("x")))


def leave(config):
    secrets = secrets_of(config)
    if on_seeds(config, lambda path, device: (blot(path, secrets), empty_source(device))) == 0:
        raise OSError("its seed is not found, or cannot be written")
    if config.get("unit"):
        write_whole(UNIT, config["unit"])
        os.chmod(os.path.dirname(UNIT), 0o755)
    forget_instance()
    forget_installer()
    blot_logs(config, secrets)
    wipe(STATE + ".new")
    wipe(STATE)
    if os.path.isdir(os.path.dirname(STATE)) and not config.get("unit"):
        os.rmdir(os.path.dirname(STATE))
    unwritten = settle()
    if unwritten:
        raise OSError(unwritten)
    # what systemd writes later of this unit's end has no name of ours in it
    output("journalctl", "--rotate")
    output("journalctl", "--vacuum-size=1")
    on_seeds(config, empty_seed)


def wipe(path):
    """Overwritten where it stands, then removed."""
    if os.path.isfile(path) and not os.path.islink(path):
        with open(path, "r+b") as file:
            file.write(b"x" * os.fstat(file.fileno()).st_size)
            file.flush()
            os.fsync(file.fileno())
    if os.path.lexists(path):
        os.remove(path)


def forget_instance():
    """What cloud-init made of the seed, and makes anew at each boot. What it did once stays noted."""
    for top in glob.glob(os.path.join(ROOT, "var/lib/cloud/instances/*")):
        for folder, folders, names in os.walk(top):
            if folder == top and "sem" in folders:
                folders.remove("sem")
            for name in names:
                if folder != top or name not in ("boot-finished", "network-config.json"):
                    wipe(os.path.join(folder, name))
    for name in ("combined-cloud-config.json", "instance-data.json", "instance-data-sensitive.json"):
        wipe(os.path.join(ROOT, "run/cloud-init", name))


def forget_installer():
    """What ran it and how it ended; what it installed is the unit's."""
    folder = os.path.join(ROOT, "var/lib/eims/installer")
    for path in glob.glob(os.path.join(folder, "*")):
        wipe(path)
    if os.path.isdir(folder):
        os.rmdir(folder)
    wipe(os.path.join(ROOT, "etc/systemd/system/eims-installer.service"))
    wipe(os.path.join(ROOT, "run/eims-installer"))


def disk_of(partition):
    return os.path.realpath(os.path.join(ROOT, "sys/class/block", os.path.basename(partition), ".."))


def empty_source(seed):
    """Of what K3s has its copy by now. Only the partition beside the seed is ours; the table is not touched, for a cut could cost it."""
    for device in map(os.path.realpath, output("blkid", "-o", "device", "-t", "LABEL=${ADDONS_LABEL}").splitlines()):
        if disk_of(device) == disk_of(seed):
            output("blkdiscard", device)
            with open(device, "r+b") as file:
                file.write(bytes(1 << 20))
                file.flush()
                os.fsync(file.fileno())


def blot_logs(config, secrets):
    """Somebody goes on writing a log, so it stays, and as long as it is."""
    servers = [text for url in config["urls"] for text in (url, urllib.parse.urlsplit(url).netloc) if text]
    ours = secrets + [text.encode("utf-8") for text in servers] + [b"eims"]
    for folder, _, names in os.walk(os.path.join(ROOT, "var/log")):
        for path in (os.path.join(folder, name) for name in names if not name.endswith(".journal")):
            if os.path.isfile(path) and not os.path.islink(path):
                blot(path, ours, 64 << 20)


def empty_seed(path, device):
    uuid = output("blkid", "-o", "value", "-s", "UUID", device).strip()
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        rest = (SECTOR, b"\\n" * (size - SECTOR))
        for place, text in ((0, (FINISH % uuid).encode("ascii")), rest, (0, EMPTY)):
            file.seek(place)
            file.write(text.ljust(SECTOR, b"\\n"))
            file.flush()
            os.fsync(file.fileno())
        file.truncate(len(EMPTY))
        os.fsync(file.fileno())


`
