"""``statecharge firmware``: packing is deterministic, and each mistake gets one sentence."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from image_bed import source

from cp.command_line import ToolArguments, parse
from cp.vocabulary.errors import ChartError, SettingsError
from tools.firmware import main

CHARTS = Path(__file__).parents[3] / "charts"


def said(*words: str | Path) -> str:
    """The sentence with which the command refuses."""
    with pytest.raises(SettingsError) as caught:
        main([str(word) for word in words])
    return str(caught.value)


def test_the_command_line_knows_it() -> None:
    assert parse(["firmware", "show", "x"]) == ToolArguments("tools.firmware", ("show", "x"))


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = source(tmp_path / "one", "1.0")
    other = source(tmp_path / "two", "1.0")
    (other / "lib" / "__pycache__").mkdir()
    (other / "lib" / "__pycache__" / "x.pyc").write_bytes(b"x")
    os.utime(other / "lib" / "tool", (1, 1))
    (other / "lib" / "tool").chmod(0o600)
    for place, image in ((folder, "a"), (other, "b")):
        assert main(["pack", str(place), "-o", str(tmp_path / image)]) == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    (other / "lib" / "tool").chmod(0o700)
    main(["pack", str(other), "-o", str(tmp_path / "c")])
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_the_folder_of_an_image_is_made(tmp_path: Path) -> None:
    image = tmp_path / "files" / "new" / "image"
    assert main(["pack", str(source(tmp_path / "one", "1.0")), "-o", str(image)]) == 0
    assert main(["show", str(image)]) == 0


def test_a_signed_image_from_key_to_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, image = tmp_path / "key", tmp_path / "image"
    assert main(["key", "-o", str(key)]) == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    folder = source(tmp_path / "folder", "1.0")
    main(["pack", str(folder), "-o", str(image), "--key", str(key), "--version", "2.0"])
    assert "version 2.0, 3 files" in capsys.readouterr().out
    main(["show", str(image), "--key", f"{key}.pub"])
    shown = capsys.readouterr().out
    assert f"undamaged, signed with the key of {key}.pub" in shown
    assert "lib/product/words.py" in shown
    main(["show", str(image)])
    assert "with --key the signature is checked" in capsys.readouterr().out
    main(["key", "-o", str(tmp_path / "other")])
    wrong = said("show", image, "--key", tmp_path / "other.pub")
    assert wrong == f"{image}: the image is not signed with the key of this station"


def test_mistakes_of_packing(tmp_path: Path) -> None:
    folder, image = source(tmp_path / "f", "1.0"), tmp_path / "image"
    assert said("pack", tmp_path / "no", "-o", image) == f"{tmp_path}/no: is no folder"
    image.write_bytes(b"")
    assert "exists already" in said("pack", folder, "-o", image)
    image.unlink()
    assert "is no version" in said("pack", folder, "-o", image, "--version", "a b")
    (tmp_path / "file").touch()
    assert "cannot be read or written" in said("pack", folder, "-o", tmp_path / "file" / "image")
    (folder / "VERSION").unlink()
    assert "VERSION: is missing" in said("pack", folder, "-o", image)
    (folder / "VERSION").write_text("1")
    (folder / "bin").mkdir()
    assert "bin: has no place in an image" in said("pack", folder, "-o", image)
    (folder / "bin").rmdir()
    (folder / "lib" / "link").symlink_to("/etc/passwd")
    assert "lib/link: is a link" in said("pack", folder, "-o", image)
    (folder / "lib" / "link").unlink()
    os.mkfifo(folder / "lib" / "pipe")
    assert "lib/pipe: is no regular file" in said("pack", folder, "-o", image)
    (folder / "lib" / "pipe").unlink()
    (folder / "charts").symlink_to("/")
    assert "charts: is no folder" in said("pack", folder, "-o", image)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds neither charts/ nor lib/" in said("pack", empty, "-o", image, "--version", "1")
    assert not image.exists() and not list(tmp_path.glob("*.part"))


def test_mistakes_of_keys(tmp_path: Path) -> None:
    folder, key = source(tmp_path / "f", "1.0"), tmp_path / "key"
    main(["key", "-o", str(key)])
    pack = ("pack", folder, "-o", tmp_path / "image", "--key")
    key.chmod(0o640)
    assert "can be read by others (mode 0640)" in said(*pack, key)
    key.chmod(0o600)
    assert "cannot be read" in said(*pack, tmp_path / "no")
    public = tmp_path / "key.pub"
    public.chmod(0o600)
    assert "holds no private key" in said(*pack, public)
    assert "exists already" in said("key", "-o", key)
    public.unlink()
    assert "exists already" in said("key", "-o", key)
    assert not (tmp_path / "image").exists()


def test_charts_alone_are_checked(tmp_path: Path) -> None:
    files = {f"charts/{path.name}": path.read_bytes() for path in CHARTS.glob("*.toml")}
    assert main(["pack", str(source(tmp_path / "f", "1", files)), "-o", str(tmp_path / "i")]) == 0
    files["charts/link.toml"] = files["charts/link.toml"].replace(b"open_link", b"opne_link")
    folder = source(tmp_path / "g", "1", files)
    with pytest.raises(ChartError, match="opne_link"):
        main(["pack", str(folder), "-o", str(tmp_path / "j")])
    (folder / "lib").mkdir()  # packages of its own may know other names
    assert main(["pack", str(folder), "-o", str(tmp_path / "j")]) == 0


def test_a_mistake_is_exit_code_2(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "cp", "firmware", "show", str(tmp_path / "no")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path}/no: cannot be read (No such file or directory)\n"
