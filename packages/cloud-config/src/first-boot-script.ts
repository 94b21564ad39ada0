import { ERASE_FUNCTIONS } from './erase-functions.ts'
import { LEAVE_FUNCTIONS } from './leave-functions.ts'
import { OUTCOME_FUNCTIONS } from './outcome-functions.ts'

/**
 * What runs on the installed OS in its first boot (`first-boot.py begin|stop|report [ROOT]`), out of /run/eims, where
 * bootcmd puts it anew at each boot. The seed is what was written and synced before the OS ever ran; files of the OS's own
 * disk may be empty after a power cut (delayed allocation), semaphores of cloud-init that say "done" beside them.
 *
 * - `begin`, in bootcmd: notes that the first boot is under way. If it finds a note that no orderly shutdown ended, the
 *   power was cut: cloud-init is cleaned and the machine rebooted, so that all is done afresh; after two such times it
 *   goes on, and the report says that the first boot is not whole.
 * - `stop`, at an orderly shutdown: notes that it was one that the first boot itself asked for. Somebody's hand on the
 *   power button in the middle of it leaves as much undone as a cut, and counts as one.
 * - `report`, after cloud-init's last stage: syncs all to the disk, notes how it went (a later boot of cloud-init says
 *   "done" whatever the first one said), reports to the server (contracts: PhoneHomeRequest) and, once an answer was
 *   accepted, erases token and password hashes from all places where cloud-init keeps them; on a standalone unit that is
 *   RUNNING, everything of ours (leave-functions.ts).
 *
 * Without servers, as from a medium that needs none, the unit judges itself and tells its own console and journal.
 *
 * Only python3's standard library is used: cloud-init itself needs python3, whereas curl may be missing. Servers are
 * spoken to directly, never through the site's proxy. Known of cloud-init: `status` of old versions has no
 * `--format json`; exit codes differ (2 is "degraded" since 24.1) and are not looked at; deprecated keys alone make a
 * newer one say "degraded done", which is no fault of the machine; a module's semaphore is written before the module
 * runs. With `caPem` no other CA is trusted; python 3.13 would refuse one without keyUsage, as openssl 3.0 makes it.
 */
export const FIRST_BOOT_SCRIPT = `#!/usr/bin/env python3
"""Sees the first boot through, tells the provisioning server how it went, then forgets its secrets."""
import glob
import json
import os
import shlex
import shutil
import ssl
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ROOT = sys.argv[2] if len(sys.argv) > 2 else "/"
HERE = os.path.join(ROOT, "run/eims")
STATE = os.path.join(ROOT, "var/lib/eims/first-boot.json")
UNIT = os.path.join(ROOT, "var/lib/eims/unit.json")
RESTARTS = 2
GIVE_UP_SECONDS = 3600
PROGRAM = "/usr/bin/env python3 /run/eims/first-boot.py "
# Without network-online.target: a machine without a network would wait for it, and the report is tried again anyway.
UNITS = {
    "eims-first-boot.service": """[Unit]
Description=Note an orderly shutdown in the first boot
DefaultDependencies=no
RequiresMountsFor=/var/lib/eims
Conflicts=shutdown.target
Before=shutdown.target cloud-config.service cloud-final.service eims-phone-home.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=""" + PROGRAM + """stop
""",
    "eims-phone-home.service": """[Unit]
Description=Report the first boot to the provisioning server
After=cloud-final.service

[Service]
ExecStart=""" + PROGRAM + """report
StandardOutput=journal+console
""",
}


def read(*parts):
    try:
        with open(os.path.join(ROOT, *parts), encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def output(*command):
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, timeout=900
        )
        return done.stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def say(text):
    print("eims: " + text, flush=True)


def boot_id():
    return read("proc/sys/kernel/random/boot_id").strip()[:64]


def load(config):
    try:
        state = json.loads(read("var/lib/eims/first-boot.json"))
        # an image may have been made of a machine that was provisioned itself
        return state if state["instanceId"] == config["instanceId"] else {}
    except (ValueError, KeyError, TypeError):
        return {}


def save(config, state, **changes):
    state.update(changes, instanceId=config["instanceId"])
    write_whole(STATE, state)


def write_whole(path, value):
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(json.dumps(value))
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
    for place in (folder, os.path.dirname(folder)):
        handle = os.open(place, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def settle():
    """Everything onto the disks. What the kernel says against it, or an empty text."""
    try:
        subprocess.run(["sync"], check=False)
        places = [place for place in ("/", "/boot", "/boot/efi", "/home", "/var") if os.path.isdir(place)]
        done = subprocess.run(["sync", "-f"] + places, stderr=subprocess.PIPE, universal_newlines=True)
        return "" if done.returncode == 0 else done.stderr.strip()[:2000] or "sync failed"
    except OSError:
        os.sync()
        return ""


def log_size():
    try:
        return os.path.getsize(os.path.join(ROOT, "var/log/cloud-init.log"))
    except OSError:
        return 0


def ran_before_bootcmd():
    """Whether an earlier boot got as far as to make this instance's folder, and was cut before it came to us."""
    try:
        made = os.stat(os.path.join(ROOT, "var/lib/cloud/instance/handlers")).st_mtime
        return made < os.stat(os.path.join(ROOT, "run/cloud-init/.ds-identify.result")).st_mtime
    except OSError:
        return False


def units(config):
    """What systemd says of them in the journal goes on after a standalone unit was rid of our name."""
    prefix = "site-" if config.get("standalone") else "eims-"
    return {name.replace("eims-", prefix): text.replace("eims-", prefix) for name, text in UNITS.items()}


def begin(config):
    state = load(config)
    phase, boot = "leaving" if leaving(config, state) else state.get("phase"), boot_id()
    if phase == "reported":
        shutil.rmtree(HERE, ignore_errors=True)
        return
    if (phase == "begun" and state.get("boot") != boot) or (phase is None and ran_before_bootcmd()):
        save(config, state, phase="begun", boot="", cuts=state.get("cuts", 0) + 1)
        if state["cuts"] <= RESTARTS and start_afresh(config, state):
            return
        save(config, state, broken=True)
    if phase not in ("completed", "accepted", "leaving"):
        save(config, state, phase="begun", boot=boot, log=log_size())
    folder = os.path.join(ROOT, "run/systemd/system")
    os.makedirs(folder, exist_ok=True)
    for name, text in units(config).items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    output("systemctl", "daemon-reload")
    # cloud-init, which runs this, is not over yet: waiting for a unit here would wait for ever
    output("systemctl", "start", "--no-block", *units(config))


def start_afresh(config, state):
    say("the first boot was cut (%d); it is started afresh" % state["cuts"])
    try:
        if subprocess.call(["cloud-init", "clean"]) != 0:
            return False
    except OSError:
        return False
    settle()
    save(config, state, phase="again", errors=[])
    # waits until cloud-init, which runs this, is stopped: none of its modules may go on
    output("systemctl", "--job-mode=replace-irreversibly", "start", "reboot.target")
    return True


def stop(config):
    state = load(config)
    if state.get("phase") != "begun" or state.get("boot") != boot_id():
        return
    done = [os.path.join(HERE, "commands-done"), os.path.join(ROOT, "run/cloud-init/result.json")]
    if any(map(os.path.exists, done)) or upgraded(state.get("log", 0)):
        settle()
        save(config, state, phase="orderly", errors=state.get("errors", []) + faults() + errors_of_stages())


def upgraded(offset):
    """Whether cloud-init reboots after package_upgrade: what comes after it is done in the next boot."""
    try:
        with open(os.path.join(ROOT, "var/log/cloud-init.log"), "rb") as file:
            file.seek(offset if offset <= log_size() else 0)
            return b"Rebooting after upgrade or install" in file.read(64 << 20)
    except OSError:
        return False


${OUTCOME_FUNCTIONS}def os_version():
    for line in read("etc/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return " ".join(shlex.split(line.partition("=")[2]))[:256]
    return "unknown"


def request(config, state):
    system = os.uname()
    keys = [read(os.path.relpath(path, ROOT)).strip() for path in sorted(glob.glob(os.path.join(ROOT, "etc/ssh/ssh_host_*_key.pub")))]
    return {
        "instanceId": config["instanceId"],
        "bootId": boot_id(),
        "osVersion": os_version(),
        "kernel": system.release[:256],
        "hostname": system.nodename[:256],
        "machineId": read("etc/machine-id").strip()[:64],
        "firstBoot": {"cuts": min(state.get("cuts", 0), 99), "whole": not state.get("broken", False)},
        "cloudInit": state["cloudInit"],
        **({"installer": state["installer"]} if state.get("installer") else {}),
        "sshHostKeys": [key for key in keys if key and len(key) <= 2048][:16],
    }


def post(url, config, body):
    handlers = [urllib.request.ProxyHandler({})]
    if url.startswith("https:"):
        context = ssl.create_default_context(cadata=config["caPem"] or None)
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + config["token"]}
    wire = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.build_opener(*handlers).open(wire, timeout=20) as reply:
        state = json.loads(reply.read(65536).decode("utf-8"))["state"]
    if state not in ("RUNNING", "FAILED"):
        raise ValueError("unexpected state " + str(state))
    return state


def send(config, state):
    if not config["urls"]:
        # as the server would judge it
        good = state["cloudInit"]["status"] == "done" and not state.get("broken")
        return "RUNNING" if good else "FAILED"
    body = json.dumps(request(config, state)).encode("utf-8")
    give_up = time.monotonic() + GIVE_UP_SECONDS
    pause = 2
    while True:
        for url in config["urls"]:
            try:
                return post(url, config, body)
            except Exception as error:  # whatever it is, the next try may go better
                detail = error.read(500).decode("utf-8", "replace") if hasattr(error, "read") else ""
                say(url + ": " + str(error) + " " + detail)
        if time.monotonic() + pause > give_up:
            return None
        time.sleep(pause)
        pause = min(pause * 2, 60)


def report(config):
    state = load(config)
    if not leaving(config, state) and state.get("phase") not in ("completed", "accepted"):
        told = cloud_init(state.get("errors", []))
        ended = installer(config)
        failed = errors_of_installer(ended)
        if failed:
            told = {"status": "error", "errors": failed + told["errors"][:63]}
        save(config, state, phase="completed", cloudInit=told, **({"installer": ended} if ended else {}))
    if state.get("phase") == "completed":
        verdict = send(config, state)
        if verdict is None:
            sys.exit("eims: no server accepted the report; it is tried again at the next boot")
        say(("the server took the report, " if config["urls"] else "") + "this machine is " + verdict)
        save(config, state, phase="leaving" if config.get("standalone") and verdict == "RUNNING" else "accepted")
    try:
        if leaving(config, state):
            leave(config)
        else:
            erase(config)
    except Exception as error:  # the report stands, whatever becomes of this
        say("secrets may be left: " + str(error))
    if state.get("phase") == "accepted":
        save(config, state, phase="reported")
        settle()
    remove(config)
    change_power(config.get("powerState"))


${ERASE_FUNCTIONS}${LEAVE_FUNCTIONS}def remove(config):
    names = units(config)
    output("systemctl", "stop", list(names)[0])
    for name in names:
        path = os.path.join(ROOT, "run/systemd/system", name)
        if os.path.exists(path):
            os.remove(path)
    output("systemctl", "daemon-reload")
    shutil.rmtree(HERE, ignore_errors=True)


def change_power(wanted):
    """cloud-init's power_state, in its own words, once the report is in."""
    if not wanted:
        return
    condition = wanted.get("condition", True)
    if not isinstance(condition, bool):
        condition = subprocess.call(condition, shell=isinstance(condition, str)) == 0
    if condition:
        flag = dict(halt="-H", poweroff="-P", reboot="-r")[wanted["mode"]]
        delay = str(wanted.get("delay", "now")).lstrip("+")
        message = [wanted["message"]] if wanted.get("message") else []
        subprocess.call(["shutdown", flag, "now" if delay == "now" else "+" + delay] + message)


def main():
    with open(os.path.join(HERE, "first-boot.json"), encoding="utf-8") as file:
        config = json.load(file)
    {"begin": begin, "stop": stop, "report": report}[sys.argv[1]](config)


if __name__ == "__main__":
    main()
`
