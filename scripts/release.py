"""Checks that a version may be released, runs the checks, builds it, and says what to do next. It publishes nothing.

The version stands in `commons/version.py` and nowhere else; the change log has a heading with it and a day; nothing is uncommitted;
the tag is not taken, or is this commit's. Pushing the tag starts `.github/workflows/release.yml`, which runs this again.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = """\
examples:
  scripts/release 0.2.0 --dry-run    what stands against it, and what would be done
  scripts/release 0.2.0              checks, tests and builds into dist/
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/release",
        description="Checks and builds a release.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("version", help="as in commons/version.py")
    parser.add_argument("--dry-run", action="store_true", help="only compare; run and build nothing")
    options = parser.parse_args(arguments)
    problems = disagreements(options.version)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    print(f"Version, change log, tag and tree agree on {options.version}.")
    if options.dry_run:
        print("Would run .ci/run and build dist/.")
        return 0
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    for step in (["bash", ".ci/run"], [sys.executable, "-m", "build", "--no-isolation"]):
        ended = subprocess.run(step, cwd=ROOT, check=False).returncode
        if ended:
            return ended
    tag = f"v{options.version}"
    print(f"Built: {', '.join(sorted(path.name for path in (ROOT / 'dist').iterdir()))}")
    print(
        f"Next:  git tag -s {tag} -m {tag} && git push origin {tag}    (the release workflow builds, attests and publishes)"
    )
    return 0


def disagreements(version: str) -> list[str]:
    """What stands against releasing this version, each with what to do; empty if nothing does."""
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        return [f"{version} is no version: write it as 1.2.3 or 1.2.3rc1."]
    return [*_version(version), *_changelog(version), *_tree(version)]


def _version(version: str) -> list[str]:
    line = re.search(r'^__version__ = "([^"]+)"', (ROOT / "commons" / "version.py").read_text(), re.MULTILINE)
    problems = (
        []
        if line and line[1] == version
        else [f"commons/version.py says {line[1] if line else 'no version'}: set __version__."]
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    if project.get("version", version) != version:
        problems.append(
            f"pyproject.toml says {project['version']}: it should read the version from commons/version.py."
        )
    return problems


def _changelog(version: str) -> list[str]:
    heading = re.search(
        rf"^## {re.escape(version)}(, .*)?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    if heading is None:
        return [f"CHANGELOG.md has no heading for it: write '## {version}, YYYY-MM-DD'."]
    if not re.fullmatch(r", \d{4}-\d\d-\d\d", heading[1] or ""):
        return [f"CHANGELOG.md says '{heading[0]}': put the day there, '## {version}, YYYY-MM-DD'."]
    return []


def _tree(version: str) -> list[str]:
    problems = ["Something is not committed: see git status."] if _git("status", "--porcelain") else []
    tagged = _git("rev-parse", "--verify", "--quiet", f"v{version}^{{commit}}")
    if tagged and tagged != _git("rev-parse", "HEAD"):
        problems.append(f"The tag v{version} is another commit's: take the next version.")
    return problems


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
