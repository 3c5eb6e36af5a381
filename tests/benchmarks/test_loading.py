"""What benchmarks load in bulk is what the system would have made."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from benchmarks.loading import indexed_afterwards, load_certificates, load_owners
from core.doctor.rows import examine_rows
from core.models import Certificate
from core.parts import Parts


@pytest.mark.usefixtures("built_in_templates")
def test_what_is_loaded_breaks_no_rule_of_the_schema_and_none_of_the_doctors(runtime: Parts) -> None:
    with runtime.sessions.begin() as session:
        load_owners(session, 10)
        with indexed_afterwards(session):
            load_certificates(session, 0, 1000)
        load_certificates(session, 1000, 2000)
    with runtime.sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(Certificate)) == 2000
        states = dict(
            session.execute(select(Certificate.state, func.count()).group_by(Certificate.state)).all()
        )
        assert states == {"valid": 1987, "revoked": 10, "superseded": 2, "erased": 1}
        assert list(examine_rows(session, at_rest=True)) == []
