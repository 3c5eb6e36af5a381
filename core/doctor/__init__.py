"""Does all that was promised hold? Every row and every file is looked at; what does not is named, and mended where it can be.

docs/lifecycle.md says what must always hold. It may run beside everything else: what is on its way is not called wrong,
unless it is asked to expect rest.
"""

from core.doctor.examination import examine, mend
from core.doctor.findings import Finding

__all__ = ["Finding", "examine", "mend"]
