from pathlib import Path

from waymark.report.styling import RULES
from waymark.web.assets import load_assets, make_figure_style


def test_every_static_file_has_an_address_that_names_its_content() -> None:
    assets = load_assets()
    assert set(assets) == {"mark.svg", "waymark.css", "waymark.js"}
    assert len({asset.path for asset in assets.values()}) == len(assets)


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    file = tmp_path / "a.css"
    file.write_text("a {}")
    before = load_assets(tmp_path)["a.css"].path
    file.write_text("b {}")
    assert load_assets(tmp_path)["a.css"].path != before


def test_files_of_other_kinds_are_not_served(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no")
    assert load_assets(tmp_path) == {}


def test_figures_have_a_stylesheet_of_their_own() -> None:
    style = make_figure_style()
    assert style.body.decode() == RULES
    assert style.media_type.startswith("text/css")
