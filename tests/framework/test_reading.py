"""Reading: every shipped file, overlays by path, and strictness about files."""

from dataclasses import fields
from itertools import chain
from pathlib import Path

import pytest

from waymark.errors import BadData, MissingInput
from waymark.framework import load_edition, needs_of, subtasks_of
from waymark.framework.editions import folders_of
from waymark.framework.reading import FOLDERS, read_edition

from .conftest import SHIPPED, Overlay

NEED = 'level = 2\nscore = 150\nrange = [100, 200]\nconfidence = "low"\nevidence = "our own guess"\n'
SKILL = 'order = 11\nname = "Prompting"\ngroup = "engineering"\ndefinition = "Instruct a model."\n'
TASK = 'order = 6\ncode = "pr"\nname = "Product"\ndescription = "Decide what to build."\n'
SUBTASK = (
    'task = "product"\norder = 1\nname = "Set goals"\ndescription = "Say what is to be reached."\n'
    'skills = ["prompting", "domain_specific_languages/query"]\nexamples = [{ text = "write a brief" }]\n'
)


def test_the_shipped_edition_is_read_once() -> None:
    assert load_edition() is load_edition()


def test_every_data_file_is_a_term_or_the_first_page() -> None:
    held = {f"{folder}/{name}.toml" for folder, terms in folders_of(load_edition()).items() for name in terms}
    there = {path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*") if path.is_file()}
    assert there == held | {"edition.toml"}


def test_an_edition_has_a_folder_for_each_kind_of_term() -> None:
    assert set(FOLDERS) == set(folders_of(load_edition()))
    assert set(FOLDERS) <= {member.name for member in fields(load_edition())}


def test_an_id_stands_in_the_path_of_a_file_and_not_within_it() -> None:
    for path in SHIPPED.glob("*/*.toml"):
        assert not path.read_text(encoding="utf-8").startswith("id ")
    assert list(folders_of(load_edition())["roles"]) == [role.id for role in load_edition().roles.values()]


def test_an_overlay_replaces_the_term_of_the_same_path(overlay: Overlay) -> None:
    overlay.change("roles/data_analyst.toml", 'name = "Data analyst"', 'name = "Insight analyst"')
    edition = load_edition(overlay.folder)
    assert edition.roles["data_analyst"].name == "Insight analyst"
    assert list(edition.roles) == list(load_edition().roles)
    assert (edition.overlaid, edition.added) == (frozenset({"roles/data_analyst.toml"}), frozenset())
    assert edition.overlays == (str(overlay.folder),)
    assert load_edition().roles["data_analyst"].name == "Data analyst"


def test_an_overlay_adds_a_skill_a_task_and_a_subtask_without_touching_other_files(overlay: Overlay) -> None:
    overlay.put("skills/prompting.toml", SKILL)
    overlay.put("tasks/product.toml", TASK)
    overlay.put("subtasks/pr.goals.toml", SUBTASK)
    edition = load_edition(overlay.folder)
    assert list(edition.skills)[-1] == "prompting"
    assert list(edition.subtasks)[-1] == "pr.goals"
    assert needs_of(edition, "data_scientist")["prompting"].level == 0
    assert "pr.goals" not in subtasks_of(edition, "data_scientist")
    assert edition.subtasks["pr.goals"].examples[0].edition == "own"


def test_an_overlay_adds_a_role_and_a_variant_of_a_variant(overlay: Overlay) -> None:
    overlay.change("roles/ml_engineer.toml", "order = 3", "order = 7")
    text = (overlay.folder / "roles/ml_engineer.toml").read_text(encoding="utf-8")
    (overlay.folder / "roles/ml_engineer.toml").unlink()
    overlay.put("roles/robotics_engineer.toml", text.replace('"MLE"', '"RE"'))
    overlay.put(
        "variants/speech_engineer.toml",
        'order = 4\nname = "Voice"\nsummary = "Lets machines hear."\nbase = "deep_learning_engineer"\n'
        f'adds = ["research"]\n\n[needs.research]\n{NEED}',
    )
    edition = load_edition(overlay.folder)
    assert list(edition.roles)[-1] == "robotics_engineer"
    needs = needs_of(edition, "speech_engineer")
    assert (needs["deep_learning"].score, needs["research"].score, needs["machine_learning"].score) == (
        225,
        150,
        230,
    )


def test_the_last_of_several_overlays_wins(tmp_path: Path) -> None:
    for name in ("one", "two"):
        Overlay(folder=tmp_path / name).change("skills/research.toml", 'name = "Research"', f'name = "{name}"')
    assert load_edition(tmp_path / "one", tmp_path / "two").skills["research"].name == "two"
    assert load_edition(tmp_path / "two", tmp_path / "one").skills["research"].name == "one"


def test_an_overlay_with_nothing_in_it_changes_nothing(overlay: Overlay) -> None:
    edition = load_edition(overlay.folder)
    assert folders_of(edition) == folders_of(load_edition())
    assert edition.digest == load_edition().digest


def test_the_digest_follows_the_content(overlay: Overlay) -> None:
    overlay.change("skills/research.toml", 'name = "Research"', 'name = "Reading"')
    assert load_edition(overlay.folder).digest != load_edition().digest


def test_notes_and_licences_may_lie_in_an_overlay(overlay: Overlay) -> None:
    for name in ("README.md", "LICENSE", ".DS_Store", "roles/README.md"):
        overlay.put(name, "for people")
    assert load_edition(overlay.folder).added == frozenset()


def test_a_missing_overlay_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="there is no folder"):
        load_edition(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "path",
    [
        "roles.toml",
        "role/x.toml",
        "roles/x.yaml",
        "roles/X.toml",
        "roles/a.b.toml",
        "subtasks/x.toml",
        "notes.txt",
    ],
)
def test_a_file_in_the_wrong_place_is_a_fault(overlay: Overlay, path: str) -> None:
    overlay.put(path, "")
    with pytest.raises(BadData, match="this is no file of an edition") as caught:
        load_edition(overlay.folder)
    assert path.partition("/")[0] in caught.value.message
    assert "<kind>/<id>.toml" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "key", "message"),
    [
        (b"order = 1\nname = \n", "(line 2, column 8)", "this is not TOML"),
        (b"order = 1\norder = 2\n", "line 2", "this is not TOML"),
        (b"order = 1\nname = '\xff'\n", "(line 2)", "not UTF-8"),
        (b"x = " + b"[" * 5000, "(file)", "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_a_fault(overlay: Overlay, content: bytes, key: str, message: str) -> None:
    overlay.put("roles/x.toml", content)
    with pytest.raises(BadData) as caught:
        load_edition(overlay.folder)
    assert f"{overlay.folder}/roles/x.toml" in caught.value.message
    assert key in caught.value.message
    assert message in caught.value.message
    assert caught.value.hint


def test_a_folder_in_the_place_of_a_file_is_a_fault(overlay: Overlay) -> None:
    (overlay.folder / "roles" / "x.toml").mkdir(parents=True)
    with pytest.raises(BadData, match=r"roles/x\.toml: \(file\)"):
        load_edition(overlay.folder)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_a_file_that_cannot_be_read_is_a_fault(overlay: Overlay) -> None:
    overlay.put("roles/README.md", "a folder for the link")
    (overlay.folder / "roles" / "x.toml").symlink_to("/proc/self/mem")
    with pytest.raises(BadData, match=r"x\.toml: \(file\): the file cannot be read"):
        load_edition(overlay.folder)


def test_all_faults_of_all_files_are_found_at_once(overlay: Overlay) -> None:
    overlay.put("roles/x.toml", "name = ")
    overlay.put("skills/y.toml", "colour = 1")
    edition, faults = read_edition(overlay.folder)
    assert edition is None
    assert len(set(chain.from_iterable([fault.file] for fault in faults))) == 2
    assert {fault.key for fault in faults} >= {"colour", "order", "name", "group", "definition"}
