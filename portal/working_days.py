"""Vietnamese working days: when a result is due. The package `holidays` knows the free days, staff correct them."""

import math
from datetime import date, timedelta
from decimal import Decimal

import holidays
from django.db import models

from portal.changes import Visible, until_change
from portal.text import NFCCharField

_CALENDAR = holidays.country_holidays("VN")
_HOURS = 8  # of a working day


class SwappedDay(Visible):
    """A day that the government moved: a Saturday that is worked, or a working day that is free."""

    day = models.DateField("ngày", unique=True)
    is_worked = models.BooleanField("là ngày làm việc", default=False, help_text="Bỏ trống ô này nếu là ngày nghỉ.")
    note = NFCCharField("ghi chú", max_length=200, blank=True, help_text="Ví dụ: hoán đổi với thứ Bảy 22/8/2026.")

    class Meta:
        verbose_name = "ngày nghỉ, làm bù"
        verbose_name_plural = "ngày nghỉ, ngày làm bù"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {'làm việc' if self.is_worked else 'nghỉ'}"


@until_change
def _swapped() -> dict[date, bool]:
    return dict(SwappedDay.objects.values_list("day", "is_worked"))


def is_working_day(day: date) -> bool:
    return _swapped().get(day, _CALENDAR.is_working_day(day))


def next_working_day(day: date) -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def due_on(applied_on: date, value: Decimal, unit: str) -> date:
    """The last day for a result. Units are those of SubmissionMethod: working-day, day, hour, month.

    What is handed in on a free day is received on the next working day, and the day of receipt does not count. A term
    in days or months that ends on a free day ends on the working day after it (Civil Code 91/2015/QH13, articles 147
    and 148).
    """
    received = next_working_day(applied_on)
    if unit == "month":
        months = received.month - 1 + math.ceil(value)
        year, month = received.year + months // 12, months % 12 + 1
        last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
        return next_working_day(date(year, month, min(received.day, last)))
    if unit == "day":
        return next_working_day(received + timedelta(days=math.ceil(value)))
    day = received
    for _ in range(math.ceil(value / _HOURS if unit == "hour" else value)):
        day = next_working_day(day + timedelta(days=1))
    return day
