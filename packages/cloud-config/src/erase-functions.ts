/**
 * The part of the first boot's script that takes a unit's secrets off its disk: out of the seed (CIDATA), from which
 * cloud-init reads them anew at each boot, and out of what cloud-init made of it. Each is overwritten by as many `x` where
 * it stands, in a FAT file as well: no length, no cluster and no YAML around it changes, so a power cut at any moment
 * leaves a seed that cloud-init takes for the same instance, and host keys and users stay.
 */
export const ERASE_FUNCTIONS = `def blot(path, secrets, most=8 << 20):
    """Overwrites secrets where they stand. Same length, same place: no cut can damage what lies around them."""
    with open(path, "r+b") as file:
        text = was = file.read(most)
        for secret in secrets:
            text = text.replace(secret, b"x" * len(secret))
        if text != was:
            file.seek(0)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def secrets_of(config):
    return [text.encode("utf-8") for text in [config["token"]] + config["secrets"]]


def erase(config):
    secrets = secrets_of(config)
    on_seeds(config, lambda path, device: blot(path, secrets))
    # a copy that may be packed as base64, which cloud-init only writes
    for path in glob.glob(os.path.join(ROOT, "var/lib/cloud/instances/*/user-data.txt.i")):
        os.remove(path)
    for top in ("var/lib/cloud", "run/cloud-init"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for path in (os.path.join(folder, name) for name in names):
                if os.path.isfile(path) and not os.path.islink(path):
                    blot(path, secrets)


def on_seeds(config, work):
    """Does something with the user-data of this installation's seed, mounted. Of how many there are it succeeded."""
    devices = glob.glob(os.path.join(ROOT, "dev/disk/by-label/[Cc][Ii][Dd][Aa][Tt][Aa]"))
    for label in ("CIDATA", "cidata"):
        devices += output("blkid", "-o", "device", "-t", "LABEL=" + label).splitlines()
    # systemd has the place in the name of its unit, and notes that in the journal
    seed = os.path.join(ROOT, "run/seed")
    os.makedirs(seed, exist_ok=True)
    done = 0
    for device in dict.fromkeys(map(os.path.realpath, devices)):
        if subprocess.call(["mount", "-o", "rw,sync,nosuid,nodev,noexec", device, seed]) != 0:
            continue
        try:
            with open(os.path.join(seed, "meta-data"), "rb") as file:
                ours = config["instanceId"].encode("utf-8") in file.read(65536)
            if ours:
                work(os.path.join(seed, "user-data"), device)
                done += 1
        except OSError as error:
            say("the seed on " + device + ": " + str(error))
        finally:
            subprocess.call(["umount", seed])
    if not os.path.ismount(seed):
        shutil.rmtree(seed, ignore_errors=True)
    return done


`
