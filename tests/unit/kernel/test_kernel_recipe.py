"""The rules by which the test kernel is built, without building it."""

from pathlib import Path

import pytest

from tools.kernel import build
from tools.kernel.build import FRAGMENT, ready_kernel
from tools.kernel.recipe import (
    NEEDED_BYTES,
    TOOLS,
    KernelError,
    Source,
    key_of,
    missing_options,
    reason_not_to_build,
    source_of,
)

SHOWN = """\
Package: linux-source
Version: 6.1.192-2
Depends: linux-source-6.1 (= 6.1.192-2)
Description: Linux kernel source (meta-package)
"""
SOURCE = Source("linux-source-6.1", "6.1.192-2")


def test_the_source_is_what_the_meta_package_depends_on() -> None:
    assert source_of(SHOWN) == SOURCE
    for shown in (
        "",
        "Package: linux-source\nVersion: 6.1\n",
        SHOWN.replace("-source-", "-image-"),
    ):
        with pytest.raises(KernelError, match="apt-get update"):
            source_of(shown)


def test_a_key_is_the_version_and_the_options_in_any_order() -> None:
    key = key_of(SOURCE, "CONFIG_A=y\nCONFIG_B=y\n")
    assert key.startswith("6.1.192-2-") and "/" not in key
    assert key == key_of(SOURCE, "# why\nCONFIG_B=y\n\nCONFIG_A=y")
    assert key != key_of(SOURCE, "CONFIG_A=y\n")
    assert key != key_of(Source(SOURCE.package, "6.1.192-3"), "CONFIG_A=y\nCONFIG_B=y\n")
    assert "/" not in key_of(Source("x", "1:6/1~2"), "")


def test_an_option_that_kconfig_dropped_is_found() -> None:
    config = "# CONFIG_B is not set\nCONFIG_A=y\nCONFIG_AB=y\n"
    assert missing_options("CONFIG_A=y\n", config) == ()
    assert missing_options("CONFIG_A=y\nCONFIG_B=y\n", config) == ("CONFIG_B=y",)


def test_the_options_ask_for_what_the_tests_need_and_no_module() -> None:
    options = [line for line in FRAGMENT.read_text().splitlines() if line[:1] != "#"]
    assert all(option.startswith("CONFIG_") and option.endswith("=y") for option in options)
    assert len(options) == len(set(options))
    needed = "GPIO_SIM GPIO_CDEV CONFIGFS_FS INPUT_UINPUT INPUT_EVDEV IIO_SIMPLE_DUMMY HOSTFS"
    needed += " SOFT_WATCHDOG OVERLAY_FS EXT4_FS BLK_DEV_UBD UML_PCI_OVER_VIRTIO TMPFS MEMCG"
    assert (
        missing_options(
            "\n".join(f"CONFIG_{name}=y" for name in needed.split()), "\n".join(options)
        )
        == ()
    )


def test_what_a_machine_lacks_is_told_with_the_mend() -> None:
    assert reason_not_to_build(TOOLS, NEEDED_BYTES) == ""
    without = [tool for tool in TOOLS if tool not in ("flex", "xz")]
    reason = reason_not_to_build(without, NEEDED_BYTES)
    assert reason == "no flex, xz: apt-get install flex xz-utils"
    assert "3072 MB of disk are needed, 1 MB" in reason_not_to_build(TOOLS, 1024**2)


def test_a_kernel_of_the_cache_is_taken_and_nothing_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "_known_source", lambda: SOURCE)
    kernel = build.cache_folder() / key_of(SOURCE, FRAGMENT.read_text()) / "linux"
    kernel.parent.mkdir(parents=True)
    kernel.touch()
    assert ready_kernel() == kernel


def test_without_package_lists_a_kernel_of_the_same_options_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "_known_source", lambda: source_of(""))
    other = build.cache_folder() / key_of(SOURCE, "CONFIG_A=y") / "linux"
    other.parent.mkdir(parents=True)
    other.touch()
    with pytest.raises(KernelError, match="no Debian package linux-source"):
        ready_kernel()
    kernel = build.cache_folder() / key_of(SOURCE, FRAGMENT.read_text()) / "linux"
    kernel.parent.mkdir(parents=True)
    kernel.touch()
    assert ready_kernel() == kernel


def test_a_build_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every program is ``false``: fetching is the first that fails."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to("/bin/false")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(build, "_known_source", lambda: SOURCE)
    assert build.main() == 1
    said = capsys.readouterr().err
    assert "kernel 6.1.192-2: fetching" in said
    assert "no test kernel: apt-get download failed" in said
    assert list(build.cache_folder().iterdir()) == []
