"""Advice on what is being written: beside the form while editing, and once more after saving. It never forbids."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from portal import link_targets, proofreading
from portal.richtext import RichTextWidget

MOST = 12  # pieces of advice told after saving; beside the form all of them stand
LONGEST = 2_000_000  # characters of one text that are looked at


def of(title: str, texts: list[str], request: HttpRequest) -> list[str]:
    """On a title and the formatted texts below it, as they stand in the form; each piece once."""
    told = proofreading.capitals(title)
    for html in texts:
        html = html[:LONGEST]
        told += [*proofreading.read(html), *link_targets.advice(html, request)]
    return list(dict.fromkeys(told))


@require_POST
def advise(request: HttpRequest) -> JsonResponse:
    """What the open form asks while somebody writes in it."""
    told = of(request.POST.get("title", "")[:1000], request.POST.getlist("text")[:10], request)
    return JsonResponse({"told": told}, json_dumps_params={"ensure_ascii": False})


def tell(request: HttpRequest, form: forms.ModelForm) -> None:
    """After saving. Read as it was posted: what cleaning took away is told of too."""
    rich = [name for name, field in form.fields.items() if isinstance(field.widget, RichTextWidget)]
    texts = [form.data.get(form.add_prefix(name), "") for name in rich]
    told = of(form.cleaned_data.get("title", ""), texts, request)
    if told:
        items = format_html_join("", "<li>{}</li>", [(words,) for words in told[:MOST]])
        more = f" và {len(told) - MOST} điều khác" if len(told) > MOST else ""
        messages.warning(request, format_html("Đã lưu. Nên xem lại{}:<ul>{}</ul>", more, items))
