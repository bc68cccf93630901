"""A document as schema.org Legislation (https://schema.org/Legislation)."""

from typing import Any

from legal_docs.models import Document, DocumentFile
from legal_docs.relations import Kind, Relation
from legal_docs.validity import Validity
from portal.structured_data import SCHEMA, absolute

_FORCE = {
    Validity.IN_FORCE: "InForce",
    Validity.PARTLY: "PartiallyInForce",
    Validity.EXPIRED: "NotInForce",
    Validity.NOT_YET: "NotInForce",
    Validity.SUSPENDED: "NotInForce",
}
_CHANGES = {
    Kind.AMENDS: "legislationAmends",
    Kind.REPLACES: "legislationRepeals",
    Kind.REPEALS: "legislationRepeals",
    Kind.CORRECTS: "legislationCorrects",
    Kind.CONSOLIDATES: "legislationConsolidates",
}
_MIME = {"PDF": "application/pdf", "DOC": "application/msword", "ZIP": "application/zip"}


def legislation(document: Document, outgoing: list[Relation], files: list[DocumentFile]) -> dict[str, Any]:
    """What is unknown is left out: a validity that is not known is no "InForce"."""
    today = document.status_on()
    data: dict[str, Any] = {
        **SCHEMA,
        "@type": "Legislation",
        "name": document.title,
        "legislationIdentifier": document.number,
        "legislationType": document.doc_type.name,
        "legislationPassedBy": {"@type": "GovernmentOrganization", "name": str(document.issuer or "")}
        if document.issuer
        else None,
        "legislationDate": document.issued_on and document.issued_on.isoformat(),
        "temporalCoverage": _coverage(document),
        "legislationJurisdiction": document.locality or "Việt Nam",
        "legislationLegalForce": f"https://schema.org/{_FORCE[today]}" if today in _FORCE else None,
        "url": absolute(document.get_absolute_url()),
        "inLanguage": "vi",
        "encoding": [
            {
                "@type": "MediaObject",
                "name": file.title,
                "contentUrl": absolute(file.get_absolute_url()),
                "encodingFormat": _MIME.get(file.kind, file.kind),
                "contentSize": str(file.size),
            }
            for file in files
        ],
    }
    for relation in outgoing:
        if name := _CHANGES.get(Kind(relation.kind)):
            data.setdefault(name, []).append({"@type": "Legislation", "legislationIdentifier": relation.target.number})
    return {key: value for key, value in data.items() if value}


def _coverage(document: Document) -> str:
    """ISO 8601 interval; open-ended only to the side that is known to be open."""
    if not document.effective_from:
        return ""
    end = document.effective_to.isoformat() if document.effective_to and not document.expired_part else ".."
    return f"{document.effective_from.isoformat()}/{end}"
