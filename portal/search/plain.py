"""What answers while there is no index: the database's own filter over titles and summaries."""

from portal.publishing import content_types
from portal.search.results import PER_PAGE, Asked, Found, Result
from portal.search.snippets import snippet

_PER_TYPE = 200


def plain_filter(asked: Asked, page: int) -> Found:
    """Items with every word, newest first. Filters of the page other than the kind are left out."""
    items, kinds = [], {}
    for kind in content_types():
        label = kind._meta.label_lower
        found = list(kind.objects.published().matching(asked.question.typed).for_list()[:_PER_TYPE])
        kinds |= {label: len(found)} if found else {}
        items += found if asked.kind in ("", label) else []
    items.sort(key=lambda item: item.published_at, reverse=True)
    shown = items[(page - 1) * PER_PAGE : page * PER_PAGE]
    results = [Result(item, item.get_absolute_url(), snippet(item.summary, asked.question), "") for item in shown]
    return Found(len(items), results, kinds, {})
