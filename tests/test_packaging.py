"""What a stranger installs: one name in site-packages, base libraries alone for most commands, and a word on what else there is.

The wheel is built and installed into an environment that sees the libraries of a bare installation and no others, so it needs no network.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support import installations
from support.installations import PROJECT

from commons import extras
from commons.cli import COMMANDS
from commons.errors import DISTRIBUTION

ROOT = Path(__file__).parents[1]
# Command -> the extra that it names when it is missing.
NEED_AN_EXTRA = {
    "search anything": "search",
    "build --dry-run": "search",
    "verify --embed": "search",
    "space": "space",
    "hub --folder hub": "hub",
    "hub user ada --folder hub": "hub",
    "bot --port 0": "bot",
    "mcp --repo org/commons": "agents",
    "check somebody/data --license mit --lang en --topic science --source-title x": "datasets",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installations.wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what a bare installation brings."""
    return installations.environment(wheel, tmp_path_factory.mktemp("bare"))


def test_a_wheel_puts_one_name_into_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        names = archive.namelist()
    assert {top for top in tops if not top.endswith(".dist-info")} == {"commons"}
    assert "commons/py.typed" in names
    assert "commons/_bundled/space_app/app.py" in names
    assert "commons/_bundled/dataset_cards/policy.toml" in names
    assert wheel.name.startswith("hf_commons-")


def test_the_environment_is_as_bare_as_it_says(bare: Path) -> None:
    heavy = (
        "faiss",
        "torch",
        "gradio",
        "datasets",
        "pygit2",
        "tantivy",
        "sentence_transformers",
        "uvicorn",
        "mcp",
    )
    look = f"from importlib.util import find_spec; print([n for n in {heavy} if find_spec(n)])"
    done = subprocess.run(
        [str(bare / "bin" / "python"), "-c", look], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_command_explains_itself(bare: Path) -> None:
    program = (
        "import sys\nfrom commons.cli import COMMANDS, run\n"
        "print(run(['--help']), [run([name, '--help']) for name in COMMANDS], file=sys.stderr)"
    )
    done = subprocess.run(
        [str(bare / "bin" / "python"), "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == f"0 {[0] * len(COMMANDS)}"
    assert done.stdout.count("Examples:") == 1 + len(COMMANDS)


def test_the_version_is_the_distributions(bare: Path) -> None:
    assert (
        installations.run(bare, "--version").stdout.strip()
        == f"commons, version {metadata.version(DISTRIBUTION)}"
    )


def test_checking_a_file_needs_no_more(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("text\nWater boils at 100 °C at sea level.\n")
    golden = str(ROOT / "tests" / "golden" / "format-3")
    said = ("--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "A notebook")
    done = installations.run(bare, "check", "notes.csv", "--repo", golden, *said, folder=tmp_path)
    assert "1 new record" in done.stdout, done.stderr
    assert done.returncode == 0


def test_verifying_a_copy_needs_no_more(bare: Path) -> None:
    done = installations.run(
        bare, "verify", "--repo", str(ROOT / "tests" / "golden" / "format-3"), "--forget"
    )
    assert "What was checked holds" in done.stdout, done.stdout + done.stderr
    assert "faiss is not installed here" in done.stdout
    assert done.returncode == 2


def test_proposals_asks_the_hub_at_once(bare: Path) -> None:
    done = installations.run(bare, "proposals")
    assert "hub-unreachable" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", NEED_AN_EXTRA)
def test_a_command_that_needs_an_extra_names_it_first(command: str, bare: Path, tmp_path: Path) -> None:
    done = installations.run(bare, *command.split(), folder=tmp_path)
    assert done.returncode == 1
    assert f"pip install '{DISTRIBUTION}[{NEED_AN_EXTRA[command]}]'" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_the_table_of_extras_is_that_of_the_project() -> None:
    modules = {canonicalize_name(d): names for d, names in _modules_by_distribution().items()}
    for extra, libraries in extras.LIBRARIES.items():
        listed = _flat(extra)
        if extra in ("energy", "langchain", "llama-index"):
            continue  # not in the lock: what it estimates is nobody's test; scripts/test_frameworks tries the others
        for library in libraries:
            assert any(library in modules.get(name, ()) for name in listed), (extra, library)
    assert set(extras.LIBRARIES) == set(PROJECT["optional-dependencies"]) - {"all", "dev"}


def _flat(extra: str) -> set[str]:
    """The distributions of an extra, those of the extras that it names among them."""
    names: set[str] = set()
    for line in PROJECT["optional-dependencies"][extra]:
        one = Requirement(line)
        if canonicalize_name(one.name) == DISTRIBUTION:
            names |= set().union(*(_flat(other) for other in one.extras))
        else:
            names.add(canonicalize_name(one.name))
    return names


def _modules_by_distribution() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for module, distributions in metadata.packages_distributions().items():
        for name in distributions:
            found.setdefault(name, set()).add(module)
    return found


def test_no_hint_names_another_distribution() -> None:
    for path in (ROOT / "commons").rglob("*.py"):
        for hint in re.findall(r"pip install[^\n\"]*", path.read_text()):
            assert "DISTRIBUTION" in hint, (path, hint)
