"""Verdicts: what a reading comes to, said in words."""

import re
from dataclasses import dataclass

from waymark.framework import Edition, map_titles
from waymark.framework.covering import name_as_title
from waymark.web.shapes import Reading
from waymark.web.wording import in_sentence, join_words, speak_percent, with_article

NONE = "none"
CLOSE = 0.10
"""Two roles that differ by no more than this are too close to call."""

CERTAINTIES = ((0.9, "Very likely"), (0.7, "Likely"), (0.5, "More likely than not"), (0.0, "A weak lead"))
"""What a probability is called, from which value on."""

_WORD = re.compile(r"[a-z0-9+#]+")
_LONG_FORMS = {"ml": "machine learning", "swe": "software engineer", "scientists": "scientist"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A role with its probability; `role` is "none" for work outside AI teams."""

    role: str
    name: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict on a posting: a headline, how sure it is, and the guesses behind it, best first."""

    headline: str
    certainty: str
    guesses: tuple[Guess, ...]
    close: bool

    @property
    def best(self) -> Guess:
        """Return the most likely guess."""
        return self.guesses[0]


def state_verdict(reading: Reading, *, edition: Edition, blind: bool) -> Verdict:
    """Say which role a posting is, or that it is too close to call."""
    guesses = _rank_guesses(reading, edition)
    best, second = guesses[0], guesses[1]
    close = best.probability - second.probability <= CLOSE
    against = not blind and disagrees(reading["title"], best.role, edition=edition)
    return Verdict(
        headline=_write_close(best, second) if close else _write_headline(best, against_title=against),
        certainty=_write_certainty(best, second),
        guesses=guesses,
        close=close,
    )


def disagrees(title: str, role: str, *, edition: Edition) -> bool:
    """Say whether a title names another role than the one given, going by names that mean one role only.

    A title that names no role, or one that several roles share, does not disagree with any.
    """
    words = " ".join(_LONG_FORMS.get(word, word) for word in _WORD.findall(title.casefold()))
    roles = _list_names(edition)
    named = [name for name in roles if f" {name} " in f" {words} "]
    return bool(named) and roles[max(named, key=len)] != role


def _list_names(edition: Edition) -> dict[str, str]:
    titles = {title: roles[0] for title, roles in map_titles(edition).items() if len(roles) == 1}
    own = {name_as_title(role.name): role.id for role in edition.roles.values()}
    return {" ".join(_WORD.findall(name)): role for name, role in (titles | own).items()}


def _rank_guesses(reading: Reading, edition: Edition) -> tuple[Guess, ...]:
    names = {role: term.name for role, term in edition.roles.items()} | {NONE: "None of these roles"}
    probabilities = reading["role"]["probabilities"]
    guesses = [Guess(role=role, name=name, probability=probabilities.get(role, 0.0)) for role, name in names.items()]
    best = reading["role"]["best"]
    return tuple(sorted(guesses, key=lambda guess: (guess.role != best, -guess.probability)))


def _write_headline(best: Guess, *, against_title: bool) -> str:
    if best.role == NONE:
        return "This is not one of the roles of an AI team."
    return f"This is {with_article(best.name)}{', whatever its title says' if against_title else ''}."


def _write_close(best: Guess, second: Guess) -> str:
    pair = [_say(guess) for guess in (best, second)]
    return f"Too close to call: {join_words(pair, 'or')}."


def _say(guess: Guess) -> str:
    return "work outside AI teams" if guess.role == NONE else with_article(guess.name)


def _write_certainty(best: Guess, second: Guess) -> str:
    word = next(word for least, word in CERTAINTIES if best.probability >= least)
    share = round(100 * min(max(best.probability, 0.01), 0.99))
    other = "none of the roles" if second.role == NONE else in_sentence(second.name)
    return (
        f"{word}, at {speak_percent(best.probability)}. "
        f"Of 100 postings read with this probability, about {share} prove to be {_say(best)}. "
        f"Next comes {other}, at {speak_percent(second.probability)}."
    )
