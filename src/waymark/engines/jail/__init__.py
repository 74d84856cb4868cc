"""The jail: candidates' code runs in a child behind walls, and only plain JSON comes back.

    Jail          zygotes that fork a child for every job: Landlock, a list of allowed system calls, limits
    Job, Outcome  what goes in, what comes out; the grader compares outputs, a child gives no verdict
    diagnose      what this machine offers, and which way is taken

See docs/jail.md.
"""

from waymark.engines.jail.diagnosing import Finding
from waymark.engines.jail.jobs import Job, Outcome
from waymark.engines.jail.pool import Jail
from waymark.engines.jail.trying import diagnose

__all__ = ["Finding", "Jail", "Job", "Outcome", "diagnose"]
