"""A procedure as schema.org GovernmentService (https://schema.org/GovernmentService)."""

from typing import Any

from portal.models import SiteIdentity
from portal.structured_data import SCHEMA, absolute
from procedures.models import Procedure, SubmissionMethod


def service(procedure: Procedure, methods: list[SubmissionMethod], site: SiteIdentity) -> dict[str, Any]:
    office = {"@type": "GovernmentOrganization", "name": site.name, "url": absolute("/"), "telephone": site.phone}
    data = {
        **SCHEMA,
        "@type": "GovernmentService",
        "name": procedure.title,
        "identifier": procedure.code,
        "description": procedure.description,
        "url": absolute(procedure.get_absolute_url()),
        "serviceType": procedure.field.name,
        "serviceOperator": office,
        "audience": [{"@type": "Audience", "audienceType": name} for name in procedure.audience_names],
        "availableChannel": [_channel(procedure, method) for method in methods],
        "serviceOutput": [{"@type": "Thing", "name": result["name"]} for result in procedure.result_rows],
        "dateModified": procedure.updated_at.isoformat() if procedure.updated_at else None,
        "inLanguage": "vi",
    }
    return {key: value for key, value in data.items() if value}


def _channel(procedure: Procedure, method: SubmissionMethod) -> dict[str, Any]:
    channel: dict[str, Any] = {"@type": "ServiceChannel", "name": method.get_channel_display()}
    if method.channel == SubmissionMethod.Channel.ONLINE and procedure.apply_url:
        channel["serviceUrl"] = procedure.apply_url
    elif procedure.reception_address:
        channel["serviceLocation"] = {"@type": "Place", "address": procedure.reception_address}
    return channel
