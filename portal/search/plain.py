"""What answers while there is no index: the database's own filter over titles and summaries."""

from portal.publishing import Publishable, content_types
from portal.search.follower import key_of
from portal.search.query import Question
from portal.search.results import PER_PAGE, Asked, Found, Result
from portal.search.snippets import snippet

_PER_TYPE = 200


def plain_filter(asked: Asked, page: int, per_page: int = PER_PAGE) -> Found:
    """Items with every word, newest first. Filters of the page other than the kind are left out."""
    items, kinds = [], {}
    for kind in content_types():
        label = kind._meta.label_lower
        found = list(kind.objects.published().matching(asked.question.typed).for_list()[:_PER_TYPE])
        kinds |= {label: len(found)} if found else {}
        items += found if asked.kind in ("", label) else []
    items.sort(key=lambda item: item.published_at, reverse=True)
    shown = items[(page - 1) * per_page : page * per_page]
    return Found(len(items), [_result(item, asked.question) for item in shown], kinds, {}, is_current=False)


def _result(item: Publishable, question: Question) -> Result:
    status = item.search_status()
    return Result(
        key_of(item),
        item.title,
        item.get_absolute_url(),
        item.search_line(),
        (status.value, status.label) if status else None,
        item.published_at,
        snippet(item.summary, question),
    )
