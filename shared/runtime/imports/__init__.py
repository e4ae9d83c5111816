"""CSV imports in two steps: validate with a report line by line, then apply; the same file again changes nothing."""

from shared.runtime.imports.apply import import_jobs
from shared.runtime.imports.kind import ImportKind, Imports, Outcome

__all__ = ["ImportKind", "Imports", "Outcome", "import_jobs"]
