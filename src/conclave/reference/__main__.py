"""``python -m conclave.reference [--check]``, run in the folder of the repository."""

import argparse
import sys
from pathlib import Path

from conclave.reference import book, citations, declarations, links


def main() -> int:
    """Write what is derived, or check it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m conclave.reference", description="Write or check the reference.")
    parser.add_argument("--check", action="store_true", help="write nothing; list what is wrong and exit with 1")
    parser.add_argument("--root", type=Path, default=Path(), help="folder of the repository (default: here)")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    if not (root / "docs").is_dir():
        print(f"{root} has no folder docs; run this in the repository", file=sys.stderr)
        return 2
    if not arguments.check:
        for path in book.write(root):
            print(f"wrote {path}")
        return 0
    complaints = complain(root)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    print(f"reference: {len(complaints)} complaints" if complaints else "reference: up to date", file=sys.stderr)
    return 1 if complaints else 0


def complain(root: Path) -> list[str]:
    """Return everything that is wrong with the documentation of the repository at ``root``."""
    return list(
        dict.fromkeys(
            [
                *declarations.complaints(),
                *book.complaints(root),
                *citations.complaints(root),
                *links.complaints(root),
            ]
        )
    )


if __name__ == "__main__":
    sys.exit(main())
