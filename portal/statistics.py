"""The public statistics of visits: a page with chart and table, and all days as CSV."""

import csv
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncDate, TruncMonth
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from portal import visits
from portal.models import VisitHour
from portal.templatetags.portal import number
from portal.views import PublicPage

MONTHS = 12
# The chart, in units of its viewBox. Whole numbers, because templates write others with a comma.
WIDTH, HEIGHT, TOP, BASELINE = 900, 300, 30, 262
FIRST_BAR, NEXT_BAR, BAR_WIDTH = 60, 71, 42
GRID_LINES = 4


class StatisticsPage(PublicPage, TemplateView):
    template_name = "portal/statistics.html"
    title = "Thống kê truy cập"
    description = "Số lượt truy cập cổng thông tin hôm nay, trong tháng, mười hai tháng qua và từ khi mở cổng."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        figures = visits.figures()
        months = latest_months(timezone.localdate(), figures.month)
        return super().get_context_data(figures=figures, months=months, chart=chart(months[::-1]), **kwargs)


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """Every day since counting began. The byte order mark tells Excel that it is UTF-8; days are ISO 8601."""
    days = dict(VisitHour.objects.annotate(day=TruncDate("hour")).values_list("day").annotate(Sum("visits")))
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="luot-truy-cap.csv"'
    table = csv.writer(response)
    table.writerow(["ngày", "lượt"])
    if days:
        first, length = min(days), (max(days) - min(days)).days + 1
        table.writerows((day, days.get(day, 0)) for day in (first + timedelta(n) for n in range(length)))
    return response


def latest_months(today: date, visits_this_month: int) -> list[dict[str, Any]]:
    """The running month and those before it, newest first. The figures may know visits that the rows do not yet."""
    running = _number(today)
    counted = _visits_by_month(since=running - 2 * MONTHS + 1)
    counted[running] = max(counted.get(running, 0), visits_this_month)
    return [_month(month, counted, today) for month in range(running, running - MONTHS, -1)]


def _number(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _visits_by_month(since: int) -> dict[int, int]:
    start = timezone.make_aware(datetime(since // 12, since % 12 + 1, 1))
    hours = VisitHour.objects.filter(hour__gte=start).annotate(month=TruncMonth("hour"))
    return {_number(month): total for month, total in hours.values_list("month").annotate(Sum("visits"))}


def _month(month: int, counted: dict[int, int], today: date) -> dict[str, Any]:
    year, index = divmod(month, 12)
    running = month == _number(today)
    days = today.day if running else monthrange(year, index + 1)[1]
    total = counted.get(month, 0)
    return {
        "label": f"{index + 1:02}/{year}",
        "visits": total,
        "per_day": round(total / days),
        "last_year": counted.get(month - 12),
        "running": running,
    }


def chart(months: list[dict[str, Any]]) -> dict[str, Any]:
    """Geometry of a column chart, oldest month first."""
    step = _grid_step(max(month["visits"] for month in months))
    top = step * max(1, -(-max(month["visits"] for month in months) // step))

    def height(value: int) -> int:
        return round((BASELINE - TOP) * value / top)

    bars = [
        {
            "x": FIRST_BAR + NEXT_BAR * place,
            "y": BASELINE - height(month["visits"]),
            "width": BAR_WIDTH,
            "height": height(month["visits"]),
            "label": month["label"],
            "value": month["visits"],
            "running": month["running"],
        }
        for place, month in enumerate(months)
    ]
    grid = [{"y": BASELINE - height(value), "label": number(value)} for value in range(step, top + 1, step)]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "baseline": BASELINE,
        "bars": bars,
        "grid": grid,
        "summary": summary(months),
    }


def _grid_step(highest: int) -> int:
    """1, 2 or 5 with zeros: the smallest that needs no more than four lines."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power * GRID_LINES >= highest:
                return digit * power
        power *= 10


def summary(months: list[dict[str, Any]]) -> str:
    """What the chart shows, in a sentence. Months before counting began, and the running one, are never the lowest."""
    highest = max(months, key=lambda month: month["visits"])
    if not highest["visits"]:
        return "Chưa có lượt truy cập nào trong mười hai tháng này."
    first = next(place for place, month in enumerate(months) if month["visits"])
    complete = [month for month in months[first:] if not month["running"]]
    sentence = f"Cao nhất tháng {highest['label']} với {number(highest['visits'])} lượt"
    if len(complete) > 1:
        lowest = min(complete, key=lambda month: month["visits"])
        sentence += f", thấp nhất tháng {lowest['label']} với {number(lowest['visits'])} lượt"
    return f"{sentence}; tháng {months[-1]['label']} chưa trọn."
