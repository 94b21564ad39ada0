/**
 * What runs on the installed OS after cloud-init's last stage (`phone-home.py [ROOT]`): reports the first boot to the
 * server (contracts: PhoneHomeRequest) and, once an answer was accepted, removes itself and its token.
 *
 * Only python3's standard library is used: cloud-init itself needs python3, whereas curl may be missing. Servers are
 * spoken to directly, never through the site's proxy. Known of cloud-init: `status` of old versions has no
 * `--format json`; exit codes differ (2 is "degraded" since 24.1) and are not looked at; deprecated keys alone make a
 * newer one say "degraded done", which is no fault of the machine. With `caPem` no other CA is trusted; python 3.13
 * would refuse one without keyUsage, as openssl 3.0 makes it.
 */
export const PHONE_HOME_SCRIPT = `#!/usr/bin/env python3
"""Tells the provisioning server how the first boot went, then removes itself."""
import glob
import json
import os
import shlex
import ssl
import subprocess
import sys
import time
import urllib.request

ROOT = sys.argv[1] if len(sys.argv) > 1 else "/"
HOME = os.path.join(ROOT, "var/lib/eims")
UNIT = "eims-phone-home.service"
GIVE_UP_SECONDS = 3600


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


def cloud_init_status():
    text = output("cloud-init", "status", "--wait", "--format", "json")
    try:
        told = json.loads(text[text.index("{"):])
        if isinstance(told, dict):
            return told
    except ValueError:
        pass
    told, last = {}, None
    for line in output("cloud-init", "status", "--wait", "--long").splitlines():
        key, colon, value = line.lstrip(".").partition(":")
        if colon and key in ("status", "extended_status", "detail"):
            last = key
            told[key] = value.strip()
        elif last == "detail":
            told["detail"] = (told["detail"] + " " + line.strip()).strip()
    if told.get("status") == "error" and told.get("detail"):
        told["errors"] = [told["detail"]]
    return told


def cloud_init():
    told = cloud_init_status()
    status = str(told.get("status") or "unknown")
    errors = [str(error) for error in told.get("errors") or []]
    try:
        errors += [str(error) for error in json.loads(read("run/cloud-init/result.json"))["v1"]["errors"]]
    except (ValueError, KeyError, TypeError):
        pass
    errors = list(dict.fromkeys(errors))
    if status == "done" and errors:
        status = "error"
    if status == "done" and str(told.get("extended_status")).startswith("degraded"):
        recoverable = told.get("recoverable_errors") or {}
        errors = [
            level + ": " + str(text) for level, texts in recoverable.items() if level != "DEPRECATED" for text in texts
        ]
        if errors or not recoverable:
            status = "degraded"
    return {"status": status[:64], "errors": [error[:2048] for error in errors[:64]]}


def os_version():
    for line in read("etc/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return " ".join(shlex.split(line.partition("=")[2]))[:256]
    return "unknown"


def request(config):
    system = os.uname()
    keys = [read(os.path.relpath(path, ROOT)).strip() for path in sorted(glob.glob(os.path.join(ROOT, "etc/ssh/ssh_host_*_key.pub")))]
    return {
        "instanceId": config["instanceId"],
        "bootId": read("proc/sys/kernel/random/boot_id").strip()[:64],
        "osVersion": os_version(),
        "kernel": system.release[:256],
        "hostname": system.nodename[:256],
        "machineId": read("etc/machine-id").strip()[:64],
        "cloudInit": cloud_init(),
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


def report(config):
    body = json.dumps(request(config)).encode("utf-8")
    give_up = time.monotonic() + GIVE_UP_SECONDS
    pause = 2
    while True:
        for url in config["urls"]:
            try:
                return post(url, config, body)
            except Exception as error:  # whatever it is, the next try may go better
                detail = error.read(500).decode("utf-8", "replace") if hasattr(error, "read") else ""
                print("eims: " + url + ": " + str(error) + " " + detail, flush=True)
        if time.monotonic() + pause > give_up:
            return None
        time.sleep(pause)
        pause = min(pause * 2, 60)


def remove():
    output("systemctl", "disable", UNIT)
    for path in (os.path.join(HOME, "phone-home.json"), os.path.join(HOME, "phone-home.py"), os.path.join(ROOT, "etc/systemd/system", UNIT)):
        try:
            os.remove(path)
        except OSError as error:
            print("eims: " + str(error), flush=True)
    try:
        os.rmdir(HOME)
    except OSError:
        pass


def main():
    with open(os.path.join(HOME, "phone-home.json"), encoding="utf-8") as file:
        config = json.load(file)
    state = report(config)
    if state is None:
        sys.exit("eims: no server accepted the report; it is tried again at the next boot")
    print("eims: the server took the report, this machine is " + state, flush=True)
    remove()


if __name__ == "__main__":
    main()
`
