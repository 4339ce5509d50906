"""What a product lets its transfers do, and whether the library for them is there."""

from importlib.util import find_spec

from cp.vocabulary.lean import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TransferConfig:
    """Limits of every try.

    ``schemes``           URL schemes, of http, https, ftp, ftps, in any letter case: the product's
                          SupportedFileTransferProtocols (ORS-16).
    ``max_image_bytes``   no image is larger: neither announced nor counted.
    ``reserve_bytes``     what a transfer leaves free on the disk, for the journal.
    ``connect_timeout_s`` for the connection and its TLS handshake, for each address of a host.
    ``read_timeout_s``    the longest silence of a server, seconds.
    ``total_timeout_s``   the longest try, seconds.
    ``ca_file``           CAs that https and ftps trust, PEM; None: those of the system.
    ``redirects_max``     redirects that are followed in one request, all to the same scheme.
    ``is_local_refused``  whether servers on loopback and link-local addresses are refused.
    """

    schemes: tuple[str, ...] = ("http",)
    max_image_bytes: int = 512 * _MIB
    reserve_bytes: int = 16 * _MIB
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    total_timeout_s: float = 3600.0
    ca_file: str | None = None
    redirects_max: int = 5
    is_local_refused: bool = False


def missing_library() -> str | None:
    """What has to be installed before anything is transferred by http or https; None: nothing.

    Loads nothing, so that ``run --check`` and a quick start can ask.
    """
    if find_spec("httpx") is not None:
        return None
    return (
        "files cannot be transferred by http and https, since httpx is not installed: install"
        " statecharge[transfer]"
    )
