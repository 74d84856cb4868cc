"""Use cases of the item bank: what is on its shelves, one question as its author sees it, the audit."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from waymark.actions.assess.trials import Trial, simulate
from waymark.actions.workspace import Workspace
from waymark.assess.audit.auditing import audit_bank, audit_coverage, compare_digests, digest_draws
from waymark.assess.audit.catalogues import WORK_SAMPLES, Release
from waymark.assess.audit.recovery import check_recovery
from waymark.assess.audit.rules import RULES, Finding, find
from waymark.assess.difficulty.priors import BANDS, load_blueprint, load_difficulty_model
from waymark.assess.templates.drawing import draw_variant
from waymark.assess.templates.questions import Case, Choice, Question, Task, show_question, tell_key
from waymark.assess.templates.shelves import FOLDER, find_strays, load_template, load_templates
from waymark.assess.templates.terms import Template
from waymark.engines.auditing import audit_stranger, audit_templates, digest_elsewhere
from waymark.errors import BadInput, MissingInput, NotFound, Unavailable
from waymark.framework.tables import open_data

Say = Callable[[str], None]
UNTRIED: Final = "not yet calibrated with people"
RELEASE: Final = Release()
_CHECKED: Final = (*range(1, 26),)
_OF_THE_WHOLE: Final = (22, 24, 25)
_PEOPLE: Final = 2_000
RECORDED: Final = range(20)
"""Seeds whose questions are recorded, so that a change of the engine that would change them is seen."""
_PASSED: Final = "assess/audited.json"


def describe_bank() -> dict[str, Any]:
    """Return the counts of the bank by skill, topic, format and band, with what the release promises."""
    templates = list(load_templates().values())
    blueprint = load_blueprint()
    skills = [
        {"skill": skill, "templates": len(own), "bands": _count_bands(own), "work_samples": _count_samples(own)}
        for skill in blueprint.minutes
        for own in [[one for one in templates if one.skill == skill]]
    ]
    topics = [
        {
            "topic": topic.id,
            "skill": topic.skill,
            "title": topic.title,
            "templates": len(own),
            "bands": _count_bands(own),
        }
        for topic in blueprint.topics
        for own in [[one for one in templates if one.topic == topic.id]]
    ]
    return {
        "templates": len(templates),
        "calibration": UNTRIED,
        "release": asdict(RELEASE),
        "work_samples": _count_samples(templates),
        "skills": skills,
        "topics": topics,
        "formats": dict(sorted(Counter(one.format for one in templates).items())),
        "bands": _count_bands(templates),
        "items": [
            {"id": one.id, "title": one.title, "format": one.format, "band": one.band, "version": one.version}
            for one in templates
        ],
    }


def _count_bands(templates: Sequence[Template]) -> dict[str, int]:
    found = Counter(one.band for one in templates)
    return {band: found[band] for band in BANDS}


def _count_samples(templates: Sequence[Template]) -> int:
    return sum(one.format in WORK_SAMPLES for one in templates)


def show(name: str, *, seed: int) -> dict[str, Any]:
    """Return one drawn question as its author sees it: what is shown, key, wrong answers, difficulty, features.

    Raise NotFound for a template that is not on the shelves.
    """
    template = load_template(name)
    question = draw_variant(template, seed).question
    model = load_difficulty_model()
    told: dict[str, Any] = {
        "id": template.id,
        "title": template.title,
        "version": template.version,
        "seed": seed,
        "topic": template.topic,
        "band": template.band,
        "cognitive": template.cognitive,
        **show_question(question),
        "key": tell_key(question.answered),
        "rationale": question.solution or question.feedback,
        "feedback": question.feedback,
        "wrong": _list_wrong(question),
        "difficulty": {"b": getattr(model.band, template.band), "sd": model.b_sd, "calibration": UNTRIED},
        "features": dict(question.features),
        "tries": question.tries,
    }
    if isinstance(question.answered, Task):
        told["mutants"] = dict(question.answered.mutants)
    return told


def _list_wrong(question: Question) -> list[dict[str, Any]]:
    own = question.answered
    if isinstance(own, Case):
        return [wrong for part in own.parts for wrong in _list_wrong(part)]
    if isinstance(own, Choice):
        return [
            {"answer": one.id, "shown": one.text, "misconception": one.misconception, "feedback": one.feedback}
            for one in own.options
            if not one.right
        ]
    return [
        {"answer": one.shown or one.value, "misconception": one.misconception, "feedback": one.feedback}
        for one in getattr(own, "wrong", ())
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit found, of how many templates or of which file, at how many variants each."""

    subject: str
    questions: int
    variants: int
    findings: tuple[Finding, ...]
    checked: tuple[int, ...]
    names: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing blocks."""
        return not any(one.blocks for one in self.findings)


def audit(
    workspace: Workspace,
    *,
    only: Sequence[str] = (),
    variants: int = 500,
    programs: int = 12,
    changed: bool = False,
    say: Say = lambda _: None,
) -> Report:
    """Audit the shipped bank, or the templates, topics or skills named; `changed` leaves out versions that passed.

    Raise NotFound for a name that is none.
    """
    chosen = _choose(only, passed=load_passed() if changed else {})
    audited = audit_templates(
        [one.id for one in chosen],
        today=workspace.clock().date().isoformat(),
        size=variants,
        programs=programs,
        workers=min(os.cpu_count() or 1, 8),
        track=say,
    )
    findings = [found for one in audited for found in one.findings]
    findings += audit_bank(audited)
    if chosen:
        names = [one.id for one in chosen]
        findings += compare_digests(digest_draws(chosen, range(100)), digest_elsewhere(names, 100, track=say))
    if not only:
        findings += _audit_whole(workspace, say)
    return Report(
        subject=FOLDER,
        questions=len(chosen),
        variants=variants,
        findings=tuple(findings),
        checked=tuple(rule for rule in _CHECKED if not only or rule not in _OF_THE_WHOLE),
        names=tuple(one.id for one in chosen),
    )


def _choose(only: Sequence[str], *, passed: Mapping[str, str]) -> list[Template]:
    """Return the templates named by id, topic or skill (all, where none is named) whose version has not passed."""
    templates = list(load_templates().values())
    known = {name for one in templates for name in (one.id, one.topic, one.skill)}
    unknown = sorted(set(only) - known)
    if unknown:
        raise NotFound(f"{unknown[0]!r} is no template, topic or skill of the bank", hint="see `waymark assess bank`")
    named = [one for one in templates if not only or {one.id, one.topic, one.skill} & set(only)]
    return [one for one in named if passed.get(one.id) != one.version]


def _audit_whole(workspace: Workspace, say: Say) -> list[Finding]:
    templates, blueprint = list(load_templates().values()), load_blueprint()
    findings = [find(1, fault.file, f"{fault.key}: {fault.message}") for fault in find_strays(templates, blueprint)]
    findings += audit_coverage(templates, blueprint, release=RELEASE, subtasks=sorted(workspace.edition.subtasks))
    say("sending made-up people through the bank")
    return findings + list(check_recovery(simulate(workspace, Trial(people=_PEOPLE, seed=1)).simulation))


def load_passed() -> dict[str, str]:
    """Return the versions of shipped templates that have passed an audit, by id."""
    return {name: row["version"] for name, row in load_record().items()}


def load_record() -> dict[str, dict[str, str]]:
    """Return what was recorded of each template that passed: its version, and a digest of its first 20 questions."""
    return dict(json.loads(open_data(_PASSED).read_text(encoding="utf-8")))


def record_passed(report: Report, path: Path) -> None:
    """Write version and digest of all templates that passed, now or, unchanged since, in an earlier audit."""
    broken = {one.subject for one in report.findings if one.blocks}
    templates = load_templates()
    before = {name: row for name, row in load_record().items() if name in templates}
    kept = {name: row for name, row in before.items() if row["version"] == templates[name].version}
    passed = [templates[name] for name in report.names if name not in broken]
    draws = digest_draws(passed, RECORDED)
    kept |= {one.id: {"version": one.version, "draws": draws[one.id]} for one in passed}
    path.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def audit_file(workspace: Workspace, path: Path, *, variants: int = 500, programs: int = 12) -> Report:
    """Audit a file of questions from elsewhere behind walls. Raise MissingInput, BadInput, TooLarge or Unavailable."""
    if not path.is_file():
        raise MissingInput(f"{path}: no such file", hint="name a file of templates or plain items")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: it is not UTF-8 at byte {error.start}", hint="save it as UTF-8") from error
    return audit_text(workspace, text, name=path.name, variants=variants, programs=programs)


def audit_text(workspace: Workspace, text: str, *, name: str, variants: int = 500, programs: int = 12) -> Report:
    """Audit the text of a file of questions from elsewhere, as `audit_file` does."""
    walls, told = _find_walls(workspace)
    request = {
        "name": name,
        "today": workspace.clock().date().isoformat(),
        "size": variants,
        "programs": programs,
        "walls": walls,
        "jail": walls,
    }
    if not walls:
        raise Unavailable(f"questions from elsewhere are audited behind walls, which are not here: {told}")
    findings = audit_stranger(text, request=request, jail=workspace.jail)
    checked = tuple(rule for rule in _CHECKED if rule not in _OF_THE_WHOLE)
    return Report(subject=name, questions=0, variants=variants, findings=tuple(findings), checked=checked)


def _find_walls(workspace: Workspace) -> tuple[bool, str]:
    try:
        workspace.jail.warm()
    except Unavailable as error:
        return False, str(error)
    return True, ""


def describe_report(report: Report) -> dict[str, Any]:
    """Return an audit as plain values: a row a rule with its bar, and all findings."""
    rows = []
    for rule in RULES.values():
        own = [one for one in report.findings if one.rule == rule.number]
        broken = [one for one in own if not one.waived]
        status = "not run" if rule.number not in report.checked and not own else "broken" if broken else "kept"
        rows.append({**asdict(rule), "status": status, "findings": len(broken), "waived": len(own) - len(broken)})
    return {
        "passed": report.passed,
        "subject": report.subject,
        "questions": report.questions,
        "variants": report.variants,
        "errors": sum(one.blocks for one in report.findings),
        "warnings": sum(one.level == "warning" and not one.waived for one in report.findings),
        "rules": rows,
        "findings": [asdict(one) for one in report.findings],
    }
