"""``statecharge certificate [--profile P]``: the certificate's table, computed.

Theory of operation: each row of the certificate is set beside what the product answers
(``certificate_product``), the chart elements that meet it and the scenarios and tests that prove it
(``certificate_proofs``). A row is ``proved`` when every answer is the certificate's, every test
case it names is proved, and at least one scenario or test cites it; ``planned`` when it is not and
the data say why; else ``open``. One open row makes the exit code 1.
"""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cp.profiles import Profile, read_profile, texts as profile_texts
from cp.profiles.certificate import Row, read_rows, text as certificate_text
from cp.profiles.tables import nearest
from tools.certificate_product import answer
from tools.certificate_proofs import TESTS, Proof, elements, proofs
from tools.chart_files import ChartFiles, read_files

DEFAULT_PROFILE = "imkev7"
_USAGE = "statecharge certificate [--profile P]: the certificate's rows and what proves them"
_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One row beside the product; ``missing`` says in words what evidence is not there."""

    row: Row
    answers: tuple[str, ...]
    charts: tuple[str, ...]
    proofs: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def status(self) -> str:
        """``proved``, ``planned`` or ``open``."""
        if not self.missing:
            return "proved"
        return "planned" if self.row.planned else "open"


def find(row: Row, profile: Profile, files: ChartFiles, known: tuple[Proof, ...]) -> Finding:
    """The row with all that there is about it. Raises ValueError while the charts are broken."""
    if files.routes is None:
        raise ValueError("charts/routes.toml cannot be read; see: statecharge charts check")
    answers, missing = [], []
    for path, expected in row.has.items():
        found = answer(path, profile, files.routes)
        answers.append(f"{path}: {found}")
        if found != expected:
            missing.append(f"{path} is to be: {expected}")
    by_case = {
        case: [proof.name for proof in known if proof.cites(f"T {case}")] for case in row.cases
    }
    citing = [proof.name for proof in known if proof.cites(row.cite)]
    missing += [
        f"{proof.name} fails, as it says itself"
        for proof in known
        if proof.is_failing and proof.name in citing
    ]
    missing += [
        f"no scenario or test names T {case}" for case, names in by_case.items() if not names
    ]
    if not citing and not row.cases:
        missing.append(f"no scenario or test cites {row.cite}")
    names = dict.fromkeys([*citing, *(name for found in by_case.values() for name in found)])
    return Finding(
        row, tuple(answers), elements(files.documents, row.cite), tuple(names), tuple(missing)
    )


def lines(finding: Finding) -> Iterator[str]:
    """The row for a reader."""
    row = finding.row
    yield f"{row.id:<20} {finding.status:<8} {row.says}"
    parts = {
        "is": finding.answers,
        "charts": finding.charts,
        "proof": finding.proofs,
        "missing": finding.missing,
        "planned": (row.planned,) if finding.status == "planned" else (),
    }
    for title, items in parts.items():
        if items:
            yield from textwrap.wrap(
                "; ".join(items),
                _WIDTH,
                initial_indent=f"    {title:<8} ",
                subsequent_indent=" " * 13,
                break_long_words=False,
                break_on_hyphens=False,
            )


def table(profile: Profile) -> tuple[Finding, ...]:
    """Every row of the certificate for this product."""
    files, known = read_files(), proofs()
    return tuple(find(row, profile, files, known) for row in read_rows(certificate_text()))


def main(words: Sequence[str]) -> int:
    """Print the table; exit code 1 while a row is open, 2 for a mistake in ``words``."""
    words = list(words)
    if words in (["--help"], ["-h"]):
        print(_USAGE)
        return 0
    name = words[1] if len(words) == 2 and words[0] == "--profile" else DEFAULT_PROFILE
    if words not in ([], ["--profile", name]):
        print(f"unknown {' '.join(words)!r}; {_USAGE}", file=sys.stderr)
        return 2
    if name not in profile_texts():
        hint = nearest(name, profile_texts())
        print(f"--profile: unknown {name!r}; {hint}", file=sys.stderr)
        return 2
    if not TESTS.is_dir():
        print("an installation has no tests: run this in the source tree", file=sys.stderr)
        return 2
    return _show(read_profile(name, profile_texts()[name])[0])


def _show(profile: Profile) -> int:
    findings = table(profile)
    section = ""
    for finding in findings:
        if finding.row.section != section:
            section = finding.row.section
            print(f"\n== {section}" if section != findings[0].row.section else f"== {section}")
        print("\n".join(lines(finding)))
    counts = {status: _count(findings, status) for status in ("proved", "planned", "open")}
    print(
        f"\n{profile.name}: " + ", ".join(f"{count} {status}" for status, count in counts.items())
    )
    return 1 if counts["open"] else 0


def _count(findings: tuple[Finding, ...], status: str) -> int:
    return sum(finding.status == status for finding in findings)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
