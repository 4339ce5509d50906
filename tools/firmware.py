"""``statecharge firmware``: makes images for stations that are updated by two folders.

    statecharge firmware pack FOLDER -o IMAGE [--version V] [--key FILE]
    statecharge firmware show IMAGE [--key FILE.pub]
    statecharge firmware key -o FILE

Theory of operation: a folder may hold ``charts/`` (a set of charts), ``lib/`` (packages that go
before the installed ones) and ``VERSION``. A station that is given the public key takes only what
was packed with the private one; ``key`` makes both.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from drivers.installer.backend import InstallError
from drivers.installer.signature import make_key, read_private_key, write_new
from drivers.installer.unpack import verify
from tools.firmware_pack import mistake, pack


def main(words: Sequence[str]) -> int:
    """Do what the words say; exit code 0. Raises SettingsError, ChartError, SystemExit(2)."""
    arguments = _parser().parse_args(words)
    match arguments.tool:
        case "pack":
            _pack(arguments)
        case "show":
            _show(arguments)
        case _:
            _key(arguments)
    return 0


def _pack(arguments: Namespace) -> None:
    key = None if arguments.key is None else read_private_key(arguments.key)
    manifest = pack(arguments.folder, arguments.output, arguments.version, key)
    signed = "not signed" if key is None else "signed"
    size = arguments.output.stat().st_size
    print(
        f"{arguments.output}: version {manifest.version}, {len(manifest.files)} files, "
        f"{size} bytes, {signed}"
    )


def _show(arguments: Namespace) -> None:
    file: Path = arguments.image
    try:
        image = verify(file, arguments.key)
    except InstallError as error:
        raise mistake(file, str(error)) from None
    except OSError as error:
        raise mistake(file, f"cannot be read ({error.strerror})") from None
    if not image.signature:
        signed = "not signed"
    elif arguments.key is None:
        signed = "signed; with --key the signature is checked"
    else:
        signed = f"signed with the key of {arguments.key}"
    print(f"{file}: version {image.manifest.version}, undamaged, {signed}")
    for entry in image.manifest.files:
        mark = "*" if entry.is_executable else " "
        print(f"{entry.size:>12}{mark} {entry.sha256[:16]}  {entry.path}")


def _key(arguments: Namespace) -> None:
    file: Path = arguments.output
    public = file.with_name(f"{file.name}.pub")
    if public.exists():
        raise mistake(public, "exists already: choose another name")
    write_new(public, make_key(file), 0o644)
    print(f"{file}: the private key; keep it, it signs images\n{public}: for the stations")


def _parser() -> ArgumentParser:
    parser = ArgumentParser("statecharge firmware", description=(__doc__ or "").split("\n")[0])
    tools = parser.add_subparsers(dest="tool", metavar="TOOL", required=True)
    packing = tools.add_parser("pack", help="make an image of a folder", allow_abbrev=False)
    packing.add_argument("folder", metavar="FOLDER", type=Path, help="holds charts/, lib/, VERSION")
    packing.add_argument("-o", "--output", metavar="IMAGE", type=Path, required=True)
    packing.add_argument("--version", metavar="V", help="instead of the one in FOLDER/VERSION")
    packing.add_argument("--key", metavar="FILE", type=Path, help="sign with this private key")
    showing = tools.add_parser("show", help="check an image and list it", allow_abbrev=False)
    showing.add_argument("image", metavar="IMAGE", type=Path)
    showing.add_argument("--key", metavar="FILE", type=Path, help="the public key it has to have")
    making = tools.add_parser("key", help="make a private and a public key", allow_abbrev=False)
    making.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
