"""Where files come from and go to: which locations this product serves (ORS-16)."""

from cp.vocabulary.keys import KeyValues


def serves(keys: KeyValues, location: str) -> bool:
    """The scheme of the location is one of SupportedFileTransferProtocols."""
    scheme = location.partition(":")[0].strip().upper()
    return scheme in keys.text("SupportedFileTransferProtocols").upper().split(",")
