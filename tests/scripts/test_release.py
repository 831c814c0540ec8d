"""A release is refused where version, change log, tag and tree do not say the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small repository in which 1.2.0 may be released."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "commons").mkdir()
    shutil.copy(ROOT / "scripts" / "release.py", tmp_path / "scripts")
    (tmp_path / "commons" / "version.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\ndynamic = ["version"]\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0, 2026-12-01\n\n* Something.\n")
    _git(tmp_path, "init", "--quiet")
    _commit(tmp_path)
    return tmp_path


def test_where_all_agree_a_dry_run_says_what_would_be_done(project: Path) -> None:
    answer = _release(project, "1.2.0")
    assert answer.returncode == 0, answer.stderr
    assert "agree on 1.2.0" in answer.stdout
    assert "Would run .ci/run and build" in answer.stdout
    assert not (project / "dist").exists()


def test_another_version_than_the_code_says_is_refused(project: Path) -> None:
    answer = _release(project, "1.3.0")
    assert answer.returncode == 1
    assert "commons/version.py says 1.2.0" in answer.stderr
    assert "CHANGELOG.md has no heading for it" in answer.stderr


@pytest.mark.parametrize("version", ["v1.2.0", "1.2", "newest", "1.2.0; rm"])
def test_what_is_no_version_is_refused(project: Path, version: str) -> None:
    assert "is no version" in _release(project, version).stderr


def test_a_second_place_with_another_version_is_refused(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.1.0"\n')
    _commit(project)
    assert "pyproject.toml says 1.1.0" in _release(project, "1.2.0").stderr


def test_a_heading_without_a_day_is_refused(project: Path) -> None:
    (project / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0, unreleased\n")
    _commit(project)
    assert "put the day there" in _release(project, "1.2.0").stderr


def test_what_is_not_committed_is_not_released(project: Path) -> None:
    (project / "new.py").write_text("")
    assert "not committed" in _release(project, "1.2.0").stderr


def test_a_tag_may_be_this_commits_and_no_other(project: Path) -> None:
    _git(project, "tag", "v1.2.0")
    assert _release(project, "1.2.0").returncode == 0
    (project / "new.py").write_text("")
    _commit(project)
    assert "another commit's" in _release(project, "1.2.0").stderr


def _release(project: Path, version: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, project / "scripts" / "release.py", version, "--dry-run"]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


def _commit(project: Path) -> None:
    _git(project, "add", "--all")
    _git(project, "commit", "--quiet", "--message", "x")


def _git(project: Path, *arguments: str) -> None:
    who = (
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
    )
    subprocess.run(["git", *who, *arguments], cwd=project, check=True)
