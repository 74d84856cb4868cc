"""Where the marks of a figure lie: its SVG read as XML."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from waymark.report.drawing import Figure

_PAIR = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_MOVE = re.compile(r"translate\((-?[\d.]+) (-?[\d.]+)\)")


def parse_figure(figure: Figure) -> ET.Element:
    return ET.fromstring(figure.__html__())  # noqa: S314  our own text


def list_places(figure: Figure) -> Iterator[tuple[float, float]]:
    """Yield the places of all marks of a figure."""
    for node in parse_figure(figure).iter():
        get = node.attrib.get
        yield from ((float(x), float(y)) for x, y in _PAIR.findall(get("points", "")))
        yield from ((float(x), float(y)) for x, y in _MOVE.findall(get("transform", "")))
        for x, y in (("x", "y"), ("cx", "cy"), ("x1", "y1"), ("x2", "y2")):
            if x in node.attrib:
                yield float(node.attrib[x]), float(node.attrib[y])


def lies_within(figure: Figure) -> bool:
    return all(0 <= x <= figure.width and 0 <= y <= figure.height for x, y in list_places(figure))


def read_text(figure: Figure) -> str:
    """Return what stands in a figure, without title and description."""
    return " ".join(node.text or "" for node in parse_figure(figure).iter("text"))


def list_kinds(figure: Figure) -> set[str]:
    return {node.attrib["class"] for node in parse_figure(figure).iter() if "class" in node.attrib} - {"figure"}
