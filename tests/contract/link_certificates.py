"""Certificates made for the tests by the openssl program; skipped with a reason where it fails."""

import ssl
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
_HERE = "subjectAltName=IP:127.0.0.1,DNS:localhost"
_CA_CONFIGURATION = """
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
"""


@dataclass(frozen=True, slots=True)
class Certificates:
    """A private CA, and servers that it vouches for; each server is ``NAME.pem``, ``NAME.key``."""

    folder: Path

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    def server(self, name: str = "good") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def old_server(self) -> ssl.SSLContext:
        """Speaks no more than TLS 1.1."""
        context = self.server()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context


def make_certificates(folder: Path) -> Certificates:
    issued = "-CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:FALSE"
    (folder / "ca.cnf").write_text(_CA_CONFIGURATION)
    (folder / "index.txt").touch()
    made = f"-x509 {_KEY} -days 2"
    for words in (
        f"req {made} -subj /CN=Test-CA -keyout ca.key -out ca.pem -addext "
        "keyUsage=critical,keyCertSign,cRLSign",
        f"req {made} -subj /CN=good -keyout good.key -out good.pem {issued} -addext {_HERE}",
        f"req {made} -subj /CN=alien -keyout alien.key -out alien.pem {issued} -addext "
        "subjectAltName=DNS:csms.example",
        f"req {made} -subj /CN=self -keyout self.key -out self.pem -addext {_HERE}",
        f"req -new {_KEY} -subj /CN=old -keyout old.key -out old.csr -addext {_HERE}",
        "ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in old.csr -out old.pem "
        "-startdate 20200101000000Z -enddate 20200102000000Z",
    ):
        _openssl(folder, words)
    return Certificates(folder)


def _openssl(folder: Path, words: str) -> None:
    try:
        done = subprocess.run(
            ["openssl", *words.split()], cwd=folder, capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("the program openssl is not installed: no certificates for these tests")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        pytest.skip(f"openssl cannot make certificates for these tests (3.0 or newer?): {last}")
