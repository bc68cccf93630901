"""The diagram of relations: boxes left and right of the document, lines between them. It repeats what the lists say."""

from typing import Any

from legal_docs.models import Document

BOX, HEIGHT, STEP, WIDTH = 228, 58, 72, 872
LEFT, RIGHT, MIDDLE = 1, WIDTH - BOX - 1, 322
MOST_GROUPS, MOST_BOXES = 4, 3


def layout(document: Document, groups: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Positions for the template, or None when there is nothing to draw. `groups` as RelationGroups makes them."""
    sides = {
        False: _column([g for g in groups if not g["incoming"]]),
        True: _column([g for g in groups if g["incoming"]]),
    }
    if not any(column["boxes"] for column in sides.values()):
        return None
    height = max(160, *(column["height"] for column in sides.values()))
    top = height // 2 - 44
    for incoming, column in sides.items():
        for place, box in enumerate(column["boxes"]):
            box["x"] = RIGHT if incoming else LEFT
            box |= {"text_x": box["x"] + 15, "number_y": box["y"] + 24, "title_y": box["y"] + 44}
            _connect(box, incoming, top, place, len(column["boxes"]))
        for head in column["heads"]:
            head["x"] = RIGHT if incoming else 0
    left = LEFT - 1 if sides[False]["boxes"] else MIDDLE - 1
    right = WIDTH if sides[True]["boxes"] else MIDDLE + BOX + 1
    return {
        "left": left,
        "width": right - left,
        "height": height,
        "top": top,
        "number_y": top + 38,
        "words_y": top + 62,
        "self": document.number or document.doc_type.name,
        "boxes": [box for column in sides.values() for box in column["boxes"]],
        "heads": [head for column in sides.values() for head in column["heads"]],
        "summary": "; ".join(f"{group['heading']}: {group['count']}" for group in groups),
    }


def _column(groups: list[dict[str, Any]]) -> dict[str, Any]:
    boxes, heads, y = [], [], 16
    for group in groups[:MOST_GROUPS]:
        more = group["count"] - len(group["items"][:MOST_BOXES])
        words = f"{_short(group['heading'], 24)} (thêm {more})" if more else _short(group["heading"], 34)
        heads.append({"y": y, "text": words})
        y += 14
        for item in group["items"][:MOST_BOXES]:
            other = item["document"]
            title = item["part"] or (other.title if item["url"] else "Chưa có trong thư viện")
            boxes.append({"y": y, "number": _short(other.number or other.title, 24), "title": _short(title, 28)})
            boxes[-1]["strong"] = group["changes"]
            y += STEP
        y += 28
    return {"boxes": boxes, "heads": heads, "height": y}


def _connect(box: dict[str, Any], incoming: bool, top: float, place: int, count: int) -> None:
    """A line from the acting document to the one acted on, and the head of its arrow."""
    here = box["y"] + HEIGHT // 2
    there = round(top + 88 * (place + 1) / (count + 1))
    if incoming:
        edge = MIDDLE + BOX
        box["line"] = f"M{RIGHT} {here}C{RIGHT - 50} {here} {edge + 50} {there} {edge + 10} {there}"
        box["arrow"] = f"M{edge} {there}l11 -5v10z"
    else:
        edge = LEFT + BOX
        box["line"] = f"M{MIDDLE} {there}C{MIDDLE - 45} {there} {edge + 50} {here} {edge + 11} {here}"
        box["arrow"] = f"M{edge + 1} {here}l11 -5v10z"


def _short(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;") + "…"
