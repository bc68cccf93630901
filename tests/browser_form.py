"""What a browser would post of the form on a page of the admin."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self):
        super().__init__()
        self.data, self.inside, self.select, self.area = {}, False, None, None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "form":
            self.inside = given.get("id", "").endswith("_form")
        if not self.inside:
            return
        if tag == "input" and name and kind not in ("file", "submit") and "__prefix__" not in name:
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.data.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select" and name and "__prefix__" not in name:
            self.select = [name, None, []]
        elif tag == "option" and self.select:
            self.select[2].append(given.get("value", ""))
            if "selected" in given:
                self.data.setdefault(self.select[0], []).append(given.get("value", ""))
        elif tag == "textarea" and name and "__prefix__" not in name:
            self.area = name
            self.data[name] = [""]

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self.area = None
        elif tag == "select" and self.select:
            name, _, options = self.select
            real = [value for value in options if value]
            if not self.data.get(name, [""])[0] and real and len(real) < 20 and name in _REQUIRED:
                self.data[name] = [real[0]]
            self.select = None

    def handle_data(self, data):
        if self.area:
            self.data[self.area][0] += data.removeprefix("\n") if not self.data[self.area][0] else data


_REQUIRED = {"category", "topic", "field", "doc_type"}  # chosen when nothing is


def fields(page, **changes):
    """Of the page's form as it stands, with changes; without any button pressed."""
    parser = _Fields()
    parser.feed(page.content.decode())
    data = {name: values for name, values in parser.data.items() if name not in ("_remark", "csrfmiddlewaretoken")}
    return data | {"_do": ""} | changes
