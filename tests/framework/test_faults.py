"""Faults say what is wrong, where, and how to mend it."""

from waymark.framework.faults import Fault, Page, describe_faults

FAULT = Fault(file="roles/x.toml", key="name", message="this key is missing", mend="add name = ...")


def test_a_fault_is_said_in_one_line() -> None:
    assert str(FAULT) == "roles/x.toml: name: this key is missing (add name = ...)"


def test_an_error_tells_the_first_fault_and_how_many_more_there_are() -> None:
    assert str(describe_faults([FAULT])) == str(FAULT)
    assert describe_faults([FAULT, FAULT, FAULT]).message.endswith("; 2 more")


def test_an_unknown_name_brings_the_nearest_known_one() -> None:
    page = Page(file="x.toml")
    (fault,) = page.find_unknown("task", ["modelling"], known=["modeling", "deployment"], what="task")
    assert (fault.message, fault.mend) == ("there is no task 'modelling'", "did you mean modeling?")
    (fault,) = page.find_unknown("task", ["zzz"], known=["modeling", "deployment"], what="task")
    assert fault.mend == "known are modeling, deployment"
