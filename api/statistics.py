"""How many certificates were issued, for those who keep count: of everybody, or to a user of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response

from api import answers
from api.auth import caller, requires
from api.contract import Blueprint
from api.runtime import runtime
from api.schemas.certificates import SpaName
from api.schemas.statistics import (
    KindCount,
    SeriesPoint,
    SpaCount,
    StateCounts,
    Statistics,
    StatisticsQuery,
)
from core.statistics import Selection, Summary, summarise
from core.templates.catalogue import parse_reference

statistics = Blueprint("statistics", "/statistics", tag="Statistics")

_USUAL_DAYS: Final = 30


@statistics.get("", responses={200: Statistics})
@requires("user")
def show(query: StatisticsQuery) -> Response:
    """How many certificates were issued in a period: by day or month, state, kind and spa

    Admins and managers count everybody's, or one user's by `user_id`; users count their own. The figures are exact and of one
    moment: whoever has seen a job completed finds all of it counted. A period has at most 400 days, or 400 months `by=month`.
    """
    zone = runtime().settings.timezone
    last = query.last or runtime().clock().astimezone(zone).date()
    first = query.first or last - timedelta(days=_USUAL_DAYS - 1)
    with runtime().reads() as session:
        found = summarise(session, _selection(query), first=first, last=last, step=query.by, zone=zone)
    return answers.json(_shown(found, query, zone.key))


def _selection(query: StatisticsQuery) -> Selection:
    who = caller()
    owner_id = query.user_id
    if owner_id is not None:
        who.check_owns(owner_id, "user")
    elif not who.sees_everything:
        owner_id = who.user_id
    template = None if query.template is None else parse_reference(query.template)
    return Selection(
        owner_id=owner_id,
        kind=query.kind,
        spa_id=query.spa_id,
        template_id=None if template is None else template.id,
        template_version=None if template is None else template.number,
        state=query.state,
    )


def _shown(found: Summary, query: StatisticsQuery, zone: str) -> Statistics:
    return Statistics(
        **{"from": found.first, "to": found.last},
        timezone=zone,
        by=query.by,
        total=found.total,
        states=StateCounts(**{state: found.states.get(state, 0) for state in StateCounts.model_fields}),
        series=[SeriesPoint(date=point.date, count=point.count) for point in found.series],
        kinds=[KindCount(kind=kind, count=count) for kind, count in found.kinds],
        spas=[
            SpaCount(spa=None if spa is None else SpaName(id=spa[0], name=spa[1]), count=count)
            for spa, count in found.spas
        ],
    )
