"""A Hub of models: what huggingface.co is to a commons whose data is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import HfApi
from support import accounts

from commons.local_hub import RunningHub, running


@dataclass(frozen=True)
class ModelRepositories:
    hub: RunningHub
    _tokens: dict[str, str] = field(default_factory=dict)  # by namespace

    @property
    def url(self) -> str:
        return self.hub.url

    def publish(self, model: str, folder: Path) -> str:
        """The files of ``folder`` as the repository ``model``, whose namespace is made where it is not there; the commit."""
        owner = model.split("/", maxsplit=1)[0]
        if owner not in self._tokens:
            self._tokens.update(accounts.register(self.hub, [owner]))
        api = HfApi(endpoint=self.url, token=self._tokens[owner])
        api.create_repo(model, repo_type="model", exist_ok=True)
        return str(api.upload_folder(repo_id=model, folder_path=folder, repo_type="model").oid)


@contextmanager
def model_repositories(folder: Path) -> Iterator[ModelRepositories]:
    with running(folder) as hub:
        yield ModelRepositories(hub)
