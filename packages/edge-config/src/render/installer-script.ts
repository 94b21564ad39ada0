/**
 * What runs a config-file's installer on the unit (`run.py MINUTES [ROOT]`), in eims-installer.service. It notes how the
 * script ended, in result.json, when all that it wrote is on the disk; until then a boot that is done afresh after a power
 * cut runs it again, and from then on none does. The first boot's report tells what is noted (packages/cloud-config).
 * Only python3's standard library is used: cloud-init itself needs python3.
 */
export const INSTALLER_SCRIPT = `#!/usr/bin/env python3
"""Runs the installer of the config-file once, and notes how it ended."""
import collections
import json
import os
import signal
import subprocess
import sys
import threading

SECONDS = float(sys.argv[1]) * 60
ROOT = sys.argv[2] if len(sys.argv) > 2 else "/"
HERE = os.path.join(ROOT, "var/lib/eims/installer")
RESULT = os.path.join(HERE, "result.json")


def instance():
    with open(os.path.join(ROOT, "var/lib/cloud/data/instance-id"), encoding="utf-8") as file:
        return file.read().strip()


def noted():
    """The exit status of this instance's; None when it has not ended yet."""
    try:
        with open(RESULT, encoding="utf-8") as file:
            result = json.load(file)
        return result["status"] if result["instanceId"] == instance() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note(status, lines):
    os.sync()
    with open(RESULT + ".new", "w", encoding="utf-8") as file:
        json.dump({"instanceId": instance(), "status": status, "lastLines": lines}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(RESULT + ".new", RESULT)
    handle = os.open(HERE, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def follow(stream, last):
    for line in iter(lambda: stream.readline(4096), b""):
        try:
            os.write(1, line)
        except OSError:
            pass  # the journal is away, and the script must not wait for somebody who reads
        last.append(line.decode("utf-8", "replace").rstrip()[:200])


def run(last):
    try:
        child = subprocess.Popen(
            [os.path.join(HERE, "script")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        last.append(str(error))
        return 127
    # what it leaves running may keep its output open for ever
    reader = threading.Thread(target=follow, args=(child.stdout, last), daemon=True)
    reader.start()
    try:
        status = child.wait(SECONDS)
    except subprocess.TimeoutExpired:
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.killpg(child.pid, number)
            try:
                child.wait(10)
                break
            except subprocess.TimeoutExpired:
                pass
        status = 124
    reader.join(5)
    if status == 124:
        last.append("eims: it was ended after %g minutes" % (SECONDS / 60))
    return status if status >= 0 else 128 - status


def main():
    status = noted()
    if status is None:
        last = collections.deque(maxlen=20)
        status = run(last)
        note(status, "\\n".join(list(last))[-2000:])
    sys.exit(status)


main()
`
