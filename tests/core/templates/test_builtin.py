from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from core.assets import open_image
from core.errors import InvalidRequest
from core.kinds import BUILT_IN
from core.models import Template, TemplateVersion
from core.parts import Parts
from core.templates.builtin import FOLDER, publish_builtin, read_folder
from core.templates.catalogue import load_version, pictures_in_use, resolve

PLAIN = """
id: plain
name: Plain card
kind: id_card
assets: {emblem: emblem.png}
layout:
  page: {size: CR80}
  styles: {text: {face: sans, size: 8}}
  sides:
    - elements:
        - {type: text, x: 5, y: 5, width: 40, height: 10, style: text, text: "{candidate_name}", min_size: 4}
        - {type: image, x: 5, y: 20, width: 10, height: 10, asset: emblem}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One template, and a picture of its own."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "template.yaml").write_text(PLAIN)
    shutil.copy(FOLDER / "samples" / "logo-lotus.png", tmp_path / "plain" / "emblem.png")
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    file = folder / "plain" / "template.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.fixture(autouse=True)
def _forget_plain(runtime: Parts) -> None:
    """What an earlier test published stays in the database, as built-in templates do."""
    with runtime.sessions.begin() as session:
        session.query(TemplateVersion).filter_by(template_id="plain").delete()
        session.query(Template).filter_by(id="plain").delete()


def test_every_folder_is_a_whole_template_and_every_kind_has_one(runtime: Parts) -> None:
    read = [read_folder(path.parent, runtime.decoder) for path in FOLDER.glob("*/template.yaml")]

    assert {each.document.kind.name for each in read} == BUILT_IN.keys()
    assert all(each.document.sample for each in read)


def test_a_folder_is_published_once_and_again_when_it_changed(runtime: Parts, folder: Path) -> None:
    assert publish_builtin(runtime, folder) == ["plain@1"]
    assert publish_builtin(runtime, folder) == []

    rewrite(folder, "Plain card", "Plainer card")
    assert publish_builtin(runtime, folder) == ["plain@2"]

    with runtime.sessions() as session:
        assert load_version(session, "plain", 1).document.name == "Plain card"
        assert resolve(session, None, "plain").document.name == "Plainer card"
        template = session.get_one(Template, "plain")
        assert (template.name, template.published, template.is_public) == ("Plainer card", 2, True)


def test_a_folder_may_take_its_samples_from_another(runtime: Parts, folder: Path) -> None:
    rewrite(folder, "id: plain", "id: plain\nsamples: ../shared.yaml")
    item = "{values: {candidate_name: Asha, candidate_photo: {file: plain/emblem.png}}}"
    (folder / "shared.yaml").write_text(f"items: [{item}]")

    read = read_folder(folder / "plain", runtime.decoder)

    assert read.document.sample["candidate_name"] == "Asha"
    assert read.document.sample["candidate_photo"] == read.document.assets["emblem"]


def test_its_pictures_are_kept_and_known_to_be_in_use(runtime: Parts, folder: Path) -> None:
    publish_builtin(runtime, folder)

    with runtime.sessions() as session:
        emblem = resolve(session, None, "plain").document.assets["emblem"].removeprefix("sha256:")
        assert emblem in pictures_in_use(session)
    assert open_image(runtime.storage, emblem).media_type == "image/png"


def test_many_processes_publish_one_version(runtime: Parts, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        published = list(pool.map(lambda _: publish_builtin(runtime, folder), range(4)))

    assert sorted(published) == [[], [], [], ["plain@1"]]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: plain", "id: other", "/id: The id must be the folder's name, plain."),
        ("kind: id_card", "kind: id_cart", "/kind: There is no such built-in kind"),
        ("{candidate_name}", "{nobody}", "/layout/sides/0/elements/0/text: nobody stands for no text here"),
        ("face: sans", "face: comic", "/layout/styles/text/face: There is no face comic"),
        ("size: CR80", "size: CR80, size: A4", "the name 'size' comes twice"),
        ("id: plain", "id: plain\nsamples: ../none.yaml", "/samples: There is no file ../none.yaml."),
        ("emblem.png", "missing.png", "/assets/emblem: There is no file missing.png"),
        ("emblem.png", "template.yaml", "/assets/emblem: template.yaml is no PNG, JPEG or WebP picture"),
    ],
)
def test_a_faulty_folder_is_named_with_its_fault_and_nothing_is_published(
    runtime: Parts, folder: Path, old: str, new: str, says: str
) -> None:
    rewrite(folder, old, new)

    with pytest.raises(InvalidRequest) as refused:
        publish_builtin(runtime, folder)

    assert refused.value.detail.startswith("templates/plain: ")
    assert says in refused.value.detail
    with runtime.sessions() as session:
        assert session.scalar(select(Template.id).where(Template.id == "plain")) is None
