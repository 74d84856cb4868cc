"""Wording: how numbers, names and codes are spoken on the pages."""

from collections.abc import Mapping, Sequence

from waymark.framework.scale import CENTRE, POINTS_PER_LOGIT

INVOLVEMENT_WORDS: Mapping[str, str] = {
    "full": "does it",
    "dotted": "has a smaller part in it",
    "optional": "may do it",
    "none": "leaves it to others",
}
EVIDENCE_WORDS: Mapping[str, str] = {
    "role": "Role",
    "subtask": "Subtask",
    "skill": "Skill",
    "tool": "Tool",
    "finding": "To mend",
}
SECTION_WORDS: Mapping[str, str] = {
    "duties": "duties",
    "required": "requirements",
    "preferred": "nice to have",
    "about": "about the company",
    "other": "elsewhere",
}


def speak_percent(share: float) -> str:
    """Speak a probability as whole percent, never as a certainty that nobody has.

    >>> speak_percent(0.834), speak_percent(0.001), speak_percent(0.9999)
    ('83%', '<1%', '>99%')
    """
    if share < 0.005:
        return "<1%"
    if share > 0.995:
        return ">99%"
    return f"{share:.0%}"


def speak_count(count: int, noun: str, plural: str = "") -> str:
    """Speak a count with its noun.

    >>> speak_count(1, "mention"), speak_count(1200, "mention")
    ('1 mention', '1,200 mentions')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def in_sentence(name: str) -> str:
    """Write a name as it stands within a sentence.

    >>> in_sentence("AI infrastructure"), in_sentence("Software engineer, machine learning")
    ('AI infrastructure', 'software engineer for machine learning')
    """
    name = name.replace(", ", " for ")
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def with_article(name: str) -> str:
    """Put the indefinite article before a name within a sentence.

    >>> with_article("Data analyst"), with_article("AI engineer")
    ('a data analyst', 'an AI engineer')
    """
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {in_sentence(name)}"


def join_words(words: Sequence[str], last: str = "and") -> str:
    """List words in a sentence.

    >>> join_words(["a"]), join_words(["a", "b"]), join_words(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def speak_points(logits: float, *, signed: bool = False) -> str:
    """Speak a distance in logits as points of score, with a true minus sign.

    >>> speak_points(0.5), speak_points(0.1, signed=True)
    ('25.0', '+5.0')
    """
    return f"{POINTS_PER_LOGIT * logits:{'+' if signed else ''}.1f}".replace("-", "\N{MINUS SIGN}")


def speak_band(row: Mapping[str, float | None]) -> str:
    """Speak a band of ability, `from` and `to` in logits with None for no end, as scores.

    >>> speak_band({"from": None, "to": -2.0}), speak_band({"from": 0.5, "to": 1.0})
    ('below 50', '175 to 200')
    """
    low, high = row["from"], row["to"]
    if low is None or high is None:
        return f"below {_spoken(high)}" if low is None else f"{_spoken(low)} and above"
    return f"{_spoken(low)} to {_spoken(high)}"


def _spoken(theta: float | None) -> str:
    return f"{CENTRE + POINTS_PER_LOGIT * (theta or 0.0):.0f}"


def spell_code(code: str) -> str:
    """Write a code of the data files as words.

    >>> spell_code("collaboration_workflow")
    'collaboration workflow'
    """
    return code.replace("_", " ")


def replace_controls(text: str) -> str:
    r"""Replace characters that HTML may not hold, one by one, so that offsets stay true.

    >>> replace_controls("a\x00b\tc")
    'a�b\tc'
    """
    return text.translate(_CONTROLS)


_CONTROLS = dict.fromkeys((*range(9), 11, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)), "\ufffd")
