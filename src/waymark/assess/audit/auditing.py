"""Auditing templates and banks by all rules that need no people."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Final

from waymark.assess.audit.catalogues import (
    Release,
    check_copies,
    check_coverage,
    check_cross_cues,
    check_features,
)
from waymark.assess.audit.cues import (
    check_across,
    check_answer_only,
    check_lengths,
    check_positions,
    check_several,
    list_choices,
)
from waymark.assess.audit.keys import check_answers, check_diagnoses, check_keys, check_texts, check_tolerance
from waymark.assess.audit.mutants import Runner, check_program
from waymark.assess.audit.rendering import check_rendering
from waymark.assess.audit.rules import Finding, find, waive
from waymark.assess.audit.samples import Sample, take_sample
from waymark.assess.audit.wording import check_aging, check_variety, check_wording
from waymark.assess.difficulty.priors import Blueprint
from waymark.assess.templates.drawing import draw
from waymark.assess.templates.terms import Template
from waymark.errors import WaymarkError

_UNSTEADY: Final = frozenset({"now", "today", "utcnow", "time", "urandom", "uuid4", "default_rng", "getrandbits"})
_UNSTEADY_NAMES: Final = frozenset({"id", "hash", "random", "time", "uuid", "secrets", "os"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How an audit is run: variants a template, variants of a task, the day, a timer, and where programs run."""

    today: date
    timer: Callable[[], float]
    size: int = 500
    programs: int = 12
    runner: Runner | None = None
    own_bank: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What the audit of one template found, and the sample that the rules over a bank go on with."""

    sample: Sample
    findings: tuple[Finding, ...]


def audit_template(template: Template, conditions: Conditions) -> Audited:
    """Audit one template by the rules that look at it alone."""
    sample, findings = take_sample(template, conditions.size, timer=conditions.timer)
    findings += check_steadiness(template)
    if sample.drawn:
        findings += check_texts(sample)
        findings += check_rendering(sample)
        findings += check_answers(sample)
        findings += check_tolerance(sample)
        findings += check_diagnoses(sample)
        findings += check_positions(sample)
        findings += check_answer_only(sample)
        findings += check_several(sample)
        findings += check_lengths(sample)
        findings += check_wording(sample)
        findings += check_aging(sample, today=conditions.today)
        findings += check_variety(sample)
        findings += check_features(sample)
        findings += _check_route(sample, conditions)
    return Audited(sample=sample, findings=tuple(waive(_drop_repeats(findings), template.waivers)))


def _check_route(sample: Sample, conditions: Conditions) -> Iterator[Finding]:
    if sample.template.answered != "program":
        yield from check_keys(sample, own_bank=conditions.own_bank)
        return
    if not sample.template.verify:
        yield find(4, sample.template.id, "there is no second route; write verify")
    if conditions.runner is None:
        yield find(8, sample.template.id, "its programs were not run: there is no jail here", level="warning")
        return
    runner, size = conditions.runner, conditions.programs
    yield from check_program(sample, runner=runner, size=size, own_bank=conditions.own_bank)


def _drop_repeats(findings: Sequence[Finding]) -> list[Finding]:
    kept: dict[tuple[int, str, str], Finding] = {}
    for one in findings:
        kept.setdefault((one.rule, one.subject, one.message), one)
    return list(kept.values())


def check_steadiness(template: Template) -> Iterator[Finding]:
    """Yield what in a template's scripts gives other values at another time or in another process: rule 3."""
    scripts = [template.derive, template.verify, *(part.verify for part in template.parts)]
    for script in scripts:
        try:
            tree = ast.parse(script)
        except SyntaxError as error:
            yield find(1, template.id, f"a script does not parse: {error.msg}, line {error.lineno}")
            continue
        for node in ast.walk(tree):
            message = _find_unsteady(node)
            if message:
                yield find(3, template.id, f"{message} at line {getattr(node, 'lineno', 0)} of a script")


def _find_unsteady(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and node.attr in _UNSTEADY:
        return f"it asks for .{node.attr}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"id", "hash"}:
        return f"it calls {node.func.id}()"
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [one.name.partition(".")[0] for one in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [(node.module or "").partition(".")[0]]
    found = sorted(_UNSTEADY_NAMES & set(names))
    return f"it imports {found[0]}" if found else ""


def digest_draws(templates: Sequence[Template], seeds: Sequence[int]) -> dict[str, str]:
    """Return a digest of each template's questions for some seeds; equal digests are equal bytes."""
    return {template.id: _digest(template, seeds) for template in templates}


def _digest(template: Template, seeds: Sequence[int]) -> str:
    digest = blake2b(digest_size=16)
    for seed in seeds:
        try:
            digest.update(repr(draw(template, seed)).encode())
        except WaymarkError as error:
            digest.update(str(error).encode())
    return digest.hexdigest()


def compare_digests(here: Mapping[str, str], elsewhere: Mapping[str, str]) -> list[Finding]:
    """Return the templates whose questions are other bytes in a fresh process: rule 3."""
    return [
        find(3, name, "a fresh process draws other bytes; iterate over sorted(...), not over a set")
        for name, digest in here.items()
        if elsewhere.get(name) != digest
    ]


def audit_bank(audited: Sequence[Audited]) -> list[Finding]:
    """Return what templates break together: answer-only across the bank, copies, cross-item cues."""
    samples = [one.sample for one in audited if one.sample.drawn]
    rows = {one.template.id: part[0] for one in samples if (part := list_choices(one))}
    taken = {name: own[: max(1, 4000 // max(1, len(rows)))] for name, own in rows.items()}
    findings = [*check_across(taken), *check_copies(samples), *check_cross_cues(samples)]
    waivers = {one.template.id: one.template.waivers for one in samples}
    return [told for one in findings for told in waive([one], waivers.get(one.subject, ()))]


def audit_coverage(
    templates: Sequence[Template], blueprint: Blueprint, *, release: Release, subtasks: Sequence[str]
) -> list[Finding]:
    """Return where a bank falls short of what its release promises."""
    return list(check_coverage(templates, blueprint, release, subtasks=subtasks))


def check_repeats(template: Template) -> Iterator[Finding]:
    """Yield a template that draws other bytes the second time, in this very process: rule 3."""
    seeds = range(20)
    if digest_draws([template], seeds) != digest_draws([template], seeds):
        yield find(3, template.id, "the same seed draws other bytes the second time")
