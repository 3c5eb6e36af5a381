"""Tables and nothing else."""

from core.models.base import Base
from core.models.certificates import Certificate
from core.models.counts import CertificateCount, CountChange
from core.models.jobs import Chunk, IdempotencyKey, Item, Job, UniqueValue
from core.models.people import ApiKey, User
from core.models.spas import Asset, Spa
from core.models.storage import StorageUse
from core.models.templates import Template, TemplateVersion
from core.models.webhooks import Attempt, Delivery, Endpoint

__all__ = [
    "ApiKey",
    "Asset",
    "Attempt",
    "Base",
    "Certificate",
    "CertificateCount",
    "Chunk",
    "CountChange",
    "Delivery",
    "Endpoint",
    "IdempotencyKey",
    "Item",
    "Job",
    "Spa",
    "StorageUse",
    "Template",
    "TemplateVersion",
    "UniqueValue",
    "User",
]
