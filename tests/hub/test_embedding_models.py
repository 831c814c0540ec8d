"""Models from a Hub: from the one that is named, without anybody's login, and missing ones said in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commons.errors import CommonsError, HubError
from commons.hub import embedding_models, login

if TYPE_CHECKING:
    from support.model_repositories import ModelRepositories
    from support.world import World


@pytest.fixture(scope="module")
def published(models: ModelRepositories, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The commit of org/little, which also carries forms for other programs."""
    folder = tmp_path_factory.mktemp("little")
    for name in ("config.json", "model.safetensors", "onnx/model.onnx", "pytorch_model.bin"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"{}")
    return models.publish("org/little", folder)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_an_embedder_needs_is_fetched_and_nothing_else(
    models: ModelRepositories, published: str
) -> None:
    folder = embedding_models.download("org/little", endpoint=models.url)
    assert folder.name == published
    assert names(folder) == {"config.json", "model.safetensors"}


FORMS = (("openvino/model.xml", "openvino/model.bin"), ("onnx/model.onnx", "onnx/model.onnx_data"))


def test_of_other_forms_of_the_model_the_first_that_is_there_comes_whole_and_alone(
    models: ModelRepositories, tmp_path: Path
) -> None:
    for name in (
        "config.json",
        "openvino/model.xml",
        "openvino/model.bin",
        "openvino/model_int8.bin",
        "onnx/model.onnx",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    models.publish("org/in-forms", tmp_path)
    folder = embedding_models.download("org/in-forms", endpoint=models.url, forms=FORMS)
    assert names(folder) == {"config.json", "openvino/model.xml", "openvino/model.bin"}
    folder = embedding_models.download("org/in-forms", endpoint=models.url, forms=FORMS[1:])
    assert "onnx/model.onnx" in names(folder)


def test_a_model_without_such_a_form_comes_without(models: ModelRepositories, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    models.publish("org/plain", tmp_path)
    assert names(embedding_models.download("org/plain", endpoint=models.url, forms=FORMS)) == {"config.json"}


def test_a_form_that_was_not_fetched_yet_is_missing_while_offline(
    models: ModelRepositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config.json", "model.onnx"):
        (tmp_path / name).write_bytes(b"{}")
    commit = models.publish("org/half", tmp_path)
    embedding_models.download("org/half", endpoint=models.url, revision=commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert embedding_models.download("org/half", endpoint=models.url, revision=commit)
    with pytest.raises(HubError, match="is not here whole, and HF_HUB_OFFLINE"):
        embedding_models.download("org/half", endpoint=models.url, revision=commit, forms=(("model.onnx",),))


def test_a_commit_that_is_named_is_the_one_that_comes(
    models: ModelRepositories, published: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text('{"newer": true}')
    newer = models.publish("org/little", tmp_path)
    assert newer != published
    assert embedding_models.download("org/little", endpoint=models.url).name == newer
    assert embedding_models.download("org/little", endpoint=models.url, revision=published).name == published


def test_no_login_is_sent_that_nobody_handed_over(
    models: ModelRepositories, shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This Hub answers 401 to a token of another one."""
    (tmp_path / "config.json").write_text("{}")
    models.publish("org/not-fetched-yet", tmp_path)
    monkeypatch.setenv("HF_TOKEN", shared.tokens["maya"])
    with pytest.raises(HubError):
        embedding_models.download("org/not-fetched-yet", endpoint=models.url, token=shared.tokens["maya"])
    assert embedding_models.download("org/not-fetched-yet", endpoint=models.url)


@pytest.mark.parametrize(
    ("models_on", "data", "shown"),
    [
        ("https://huggingface.co", "https://huggingface.co", "hf_mine"),
        ("https://huggingface.co", "http://127.0.0.1:8000", None),
        ("http://127.0.0.1:8000", "https://huggingface.co", None),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", "hf_mine"),
    ],
)
def test_a_token_is_shown_to_the_hub_it_belongs_to_alone(
    models_on: str, data: str, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    assert login.token_for_models(models_on, data=data, token="hf_mine") == shown


class TestAModelThatIsNotThere:
    def test_the_model_the_host_that_was_asked_and_what_to_do_are_named(
        self, models: ModelRepositories
    ) -> None:
        with pytest.raises(HubError) as caught:
            embedding_models.download("org/nothing-here", endpoint=models.url)
        assert caught.value.code == "model-missing"
        assert "org/nothing-here" in caught.value.message
        assert models.url in caught.value.message
        assert "COMMONS_MODEL_ENDPOINT" in caught.value.hint
        assert "--model" in caught.value.hint

    def test_a_hub_that_does_not_answer_is_named(self) -> None:
        with pytest.raises(HubError, match=r"http://127\.0\.0\.1:9 does not answer") as caught:
            embedding_models.download("org/elsewhere", endpoint="http://127.0.0.1:9")
        assert caught.value.code == "model-missing"

    @pytest.mark.parametrize("name", ["not a name", "a/b/c", "../up", "x" * 200])
    def test_a_name_that_is_none_is_an_error_too(self, name: str, models: ModelRepositories) -> None:
        with pytest.raises(CommonsError):
            embedding_models.download(name, endpoint=models.url)

    def test_offline_it_is_said_that_nobody_was_asked(
        self, models: ModelRepositories, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(HubError, match="HF_HUB_OFFLINE is set") as caught:
            embedding_models.download("org/never-fetched", endpoint=models.url)
        assert caught.value.code == "model-missing"

    def test_what_was_fetched_before_is_there_offline(
        self, models: ModelRepositories, published: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        embedding_models.download("org/little", endpoint=models.url, revision=published)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        assert embedding_models.download("org/little", endpoint=models.url, revision=published)


def test_whether_a_hub_has_a_model(models: ModelRepositories, published: str) -> None:
    assert embedding_models.refuse_missing("org/little", endpoint=models.url)
    assert not embedding_models.refuse_missing("org/little", endpoint="http://127.0.0.1:9")
    with pytest.raises(HubError, match=r"no model org/none"):
        embedding_models.refuse_missing("org/none", endpoint=models.url)
