"""When a result is due: Vietnamese working days around Tết, 30/4–1/5 and 2/9, with swapped days."""

from datetime import date
from decimal import Decimal

import pytest

from portal.working_days import SwappedDay, due_on, is_working_day


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("applied", "value", "unit", "due"),
    [
        # An ordinary week: Monday, five working days later is the next Monday.
        ("2026-11-02", 5, "working-day", "2026-11-09"),
        # Tết 2026 is free from Monday 16 to Friday 20 February.
        ("2026-02-13", 1, "working-day", "2026-02-23"),
        ("2026-02-10", 5, "working-day", "2026-02-24"),
        # 30 April and 1 May 2026 are Thursday and Friday; 27 April replaces Sunday's Hùng Kings' day.
        ("2026-04-28", 2, "working-day", "2026-05-04"),
        ("2026-04-24", 3, "working-day", "2026-05-04"),
        # 2 September 2026 with the day before, and 31 August swapped for Saturday 22 August.
        ("2026-08-28", 1, "working-day", "2026-09-03"),
        ("2026-08-21", 1, "working-day", "2026-08-22"),
        # Handed in on a Sunday: received on Monday.
        ("2026-11-08", 1, "working-day", "2026-11-10"),
        # Calendar days end on the next working day; a month ends on the same date.
        ("2026-04-21", 10, "day", "2026-05-04"),
        ("2026-08-03", 1, "month", "2026-09-03"),
        # Hours are counted in working days of eight.
        ("2026-04-29", 24, "hour", "2026-05-06"),
    ],
)
def test_the_result_is_due(applied, value, unit, due):
    assert due_on(date.fromisoformat(applied), Decimal(value), unit) == date.fromisoformat(due)


def test_staff_move_days_where_the_government_did(db):
    assert not is_working_day(date(2026, 1, 10))
    SwappedDay.objects.create(day=date(2026, 1, 2), is_worked=False, note="hoán đổi")
    SwappedDay.objects.create(day=date(2026, 1, 10), is_worked=True, note="làm bù")
    assert is_working_day(date(2026, 1, 10))
    assert due_on(date(2025, 12, 31), Decimal(1), "working-day") == date(2026, 1, 5)
