"""
Machines whose power goes: before the `cut`-th write, removal or sync it is off. With `lost`, what was not synced by then is
gone as well: removed files are there again, written ones are empty. Mounting is a link.

One machine for each line on standard input, `{"root", "moment", "cut", "lost"}`; the answer is how its script ended, `{"code",
"said"}`. Each runs in a fork of this process, which has read what the script imports: that takes longer than the script.
"""
import builtins
import glob
import json
import os
import runpy
import shlex
import shutil
import ssl
import subprocess
import sys
import tempfile
import traceback
import urllib.parse
import urllib.request

ROOT, CUT, LOST = "", 0, False
SECTOR = 512
steps = 0
removed = {}
written = {}
plain_open, plain_fsync, plain_remove, plain_replace = builtins.open, os.fsync, os.remove, os.replace


def step():
    global steps
    steps += 1
    if steps == CUT:
        lose()
        os._exit(137)


def lose():
    for path, text in removed.items() if LOST else ():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with plain_open(path, "wb") as file:
            file.write(text)
    for path in written if LOST else ():
        # what is written in place keeps its size, and a sector is old or new
        if os.path.exists(path) and written[path]:
            os.truncate(path, 0)


def synced(path=None):
    removed.clear()
    written.clear()


class Written:
    """A file of which each piece is written by itself, as large as a disk may write at once or larger."""

    def __init__(self, file, path, made):
        self.file = file
        self.path = path
        written.setdefault(path, made)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, text):
        for piece in [text[:SECTOR], text[SECTOR : 8 * SECTOR], text[8 * SECTOR :]]:
            if piece:
                step()
                self.file.write(piece)
                self.file.flush()

    def truncate(self, size):
        step()
        self.file.truncate(size)


def opened(path, mode="r", *rest, **named):
    file = plain_open(path, mode, *rest, **named)
    ours = isinstance(path, str) and path.startswith(ROOT)
    return Written(file, path, "w" in mode) if ours and ("w" in mode or "+" in mode) else file


def fsync(handle):
    step()
    path = os.readlink("/proc/self/fd/%d" % handle)
    written.pop(path, None)


def remove(path):
    step()
    if os.path.isfile(path) and not os.path.islink(path):
        with plain_open(path, "rb") as file:
            removed[path] = file.read()
    plain_remove(path)


def replace(old, new):
    step()
    plain_replace(old, new)


def call(command, **named):
    name, words = command[0], command[1:]
    if name == "mount":
        os.rmdir(words[-1])
        os.symlink(words[-2], words[-1])
    if name == "umount":
        plain_remove(words[-1])
        os.mkdir(words[-1])
    return 0


def addons():
    """The partition of addons, as long as it has a file system."""
    device = os.path.join(ROOT, "dev/addons")
    with plain_open(device, "rb") as file:
        return device + "\n" if file.read(1) != b"\0" else ""


def run(command, **named):
    text = ""
    if command[0] == "sync":
        step()
        synced()
    elif command[0] == "blkid" and command[-1] == "LABEL=K3S-ADDONS":
        text = addons()
    elif command[0] == "blkid":
        text = "ABCD-1234\n" if "UUID" in command else os.path.join(ROOT, "dev/seed") + "\n"
    elif command[:2] == ("journalctl", "--vacuum-size=1"):
        for name in os.listdir(os.path.join(ROOT, "var/log/journal")):
            plain_remove(os.path.join(ROOT, "var/log/journal", name))
    return subprocess.CompletedProcess(command, 0, text, "")


def boot(root, moment, cut, lost):
    """Runs the script to its end, or to that of the power (137), in place of this process."""
    global ROOT, CUT, LOST
    ROOT, CUT, LOST = root, cut, lost
    builtins.open, os.fsync, os.remove, os.replace = opened, fsync, remove, replace
    subprocess.call, subprocess.run = call, run
    path = os.path.join(root, "run/eims/first-boot.py")
    sys.argv = [path, moment, root]
    code = 0
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            boot(**json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        print(json.dumps({"code": code, "said": said.read().decode()}), flush=True)
