"""What the kernel counts for a process; each raises OSError when it is gone."""

from pathlib import Path


def resident_mib(pid: int) -> float:
    """Memory that is really there."""
    return _number(Path(f"/proc/{pid}/status"), "VmRSS") / 1024


def written_bytes(pid: int) -> int:
    """What it had the disk write: whole pages, without what the file system adds for itself."""
    return _number(Path(f"/proc/{pid}/io"), "write_bytes")


def processor_s(pid: int) -> float:
    """Time on a processor, of all threads."""
    stats = (task.joinpath("schedstat") for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int(stat.read_text().split()[0]) for stat in stats) / 1e9


def _number(file: Path, name: str) -> int:
    lines = file.read_text(encoding="ascii").splitlines()
    return int(dict(line.split(":", 1) for line in lines)[name].split()[0])
