"""Requests that leave the house. Whoever names an address must not learn what stands behind our walls (SSRF)."""

from core.courier.addresses import AddressRefused, Target, parse_target
from core.courier.courier import Courier, Post
from core.courier.outcomes import Failure, Reply

__all__ = ["AddressRefused", "Courier", "Failure", "Post", "Reply", "Target", "parse_target"]
