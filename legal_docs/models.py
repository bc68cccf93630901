"""Legal documents: their attributes, who issued them, their provisions and files."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, DateField, Q, Value
from django.urls import reverse
from django.utils import timezone

from legal_docs import provisions
from legal_docs.parts import DocumentFile, Issuance, Provision
from legal_docs.relations import Relation
from legal_docs.rules import INDEXES, RULES
from legal_docs.validity import STATED, Validity, validity_on
from legal_docs.vocabulary import DocumentType, Field
from portal.addresses import validate_address
from portal.legal_bases import GONE
from portal.organisation import Agency
from portal.passages import Facets, Passage
from portal.publishing import Publishable, PublishableQuerySet
from portal.richtext import RichTextField, clean, plain
from portal.text import NFCCharField, NFCTextField, fold, normalise_number, slugify

__all__ = ["DocumentFile", "DocumentType", "Field", "Issuance", "Provision", "Relation"]
_YEAR = re.compile(r"/(19[4-9]\d|20\d\d)\b")


class DocumentQuerySet(PublishableQuerySet):
    def with_status(self, day: date | None = None) -> "DocumentQuerySet":
        """With `validity` on a day (today by default), so that status_on() of that day asks nothing more."""
        day = day or timezone.localdate()
        return self.annotate(validity=validity_on(day), validity_day=Value(day, DateField()))

    def for_list(self) -> "DocumentQuerySet":
        return super().for_list().select_related("doc_type", "issuer").with_status()

    def for_search(self) -> "DocumentQuerySet":
        found = self.select_related("doc_type", "issuer").prefetch_related("fields", "issuances__agency", "files")
        return found.with_status()

    def matching(self, words: str) -> "DocumentQuerySet":
        """By number in any spelling, or by words of title and summary."""
        number = normalise_number(words)
        by_words = super().matching(words)
        if not any(char.isdigit() for char in number):
            return by_words
        found = self.filter(Q(pk__in=by_words.values("pk")) | Q(number_normalised__contains=number))
        return found.order_by(
            Case(models.When(number_normalised=number, then=0), default=1), "-issued_on", "-published_at", "-pk"
        )


class Document(Publishable):
    """Known by number, issuing body and date: a number alone occurs with several dates. `title` is the trích yếu."""

    class Nature(models.TextChoices):
        NORMATIVE = "normative", "Văn bản quy phạm pháp luật"
        ADMINISTRATIVE = "administrative", "Văn bản hành chính"
        CONSOLIDATED = "consolidated", "Văn bản hợp nhất"
        TREATY = "treaty", "Điều ước quốc tế"
        TRANSLATION = "translation", "Bản dịch"

    class Scope(models.TextChoices):
        CENTRAL = "central", "Trung ương"
        LOCAL = "local", "Địa phương"

    search_label = "Văn bản"

    title = NFCCharField("trích yếu", max_length=1000)
    number = NFCCharField("số ký hiệu", max_length=100, blank=True, help_text="Ví dụ: 12/2024/QĐ-UBND.")
    number_normalised = models.CharField("số ký hiệu để tìm", max_length=100, blank=True, editable=False)
    doc_type = models.ForeignKey(DocumentType, models.PROTECT, related_name="documents", verbose_name="loại văn bản")
    issuer = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name="cơ quan ban hành",
    )
    signer = NFCCharField("người ký", max_length=150, blank=True)
    signer_post = NFCCharField("chức danh người ký", max_length=150, blank=True)
    fields = models.ManyToManyField(Field, blank=True, related_name="documents", verbose_name="lĩnh vực")
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    year = models.PositiveSmallIntegerField("năm", default=0, editable=False)
    effective_from = models.DateField(
        "có hiệu lực từ ngày", null=True, blank=True, help_text="Để trống: chưa rõ, không phải là luôn có hiệu lực."
    )
    effective_to = models.DateField("hết hiệu lực từ ngày", null=True, blank=True)
    expired_part = NFCCharField(
        "phần hết hiệu lực", max_length=300, blank=True, help_text="Để trống nếu hết hiệu lực toàn bộ."
    )
    expiry_reason = NFCCharField("lý do hết hiệu lực", max_length=500, blank=True)
    stated_validity = models.CharField(
        "tình trạng do cơ quan xác định",
        max_length=10,
        choices=STATED,
        blank=True,
        help_text="Chỉ dùng khi ngày tháng và quan hệ không nói đủ; thắng mọi suy luận kể từ ngày ghi bên cạnh.",
    )
    stated_from = models.DateField("xác định kể từ ngày", null=True, blank=True)
    gazette_number = NFCCharField("số công báo", max_length=300, blank=True)
    gazette_date = models.DateField("ngày đăng công báo", null=True, blank=True)
    nature = models.CharField("tính chất", max_length=14, choices=Nature, blank=True)
    scope = models.CharField("phạm vi", max_length=7, choices=Scope, blank=True)
    locality = NFCCharField("địa phương", max_length=150, blank=True)
    applicability = NFCTextField("thông tin áp dụng", blank=True)
    source = NFCCharField("nguồn thu thập", max_length=200, blank=True)
    source_url = models.CharField("địa chỉ bản gốc", max_length=500, blank=True, validators=[validate_address])
    is_stub = models.BooleanField("chỉ biết tên", default=False, editable=False)
    is_draft = models.BooleanField("là dự thảo", default=False)
    consultation_opens = models.DateField("lấy ý kiến từ ngày", null=True, blank=True)
    consultation_closes = models.DateField("đến hết ngày", null=True, blank=True)
    drafting_agency = models.ForeignKey(
        Agency, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="cơ quan chủ trì soạn thảo"
    )
    reviewing_agency = models.ForeignKey(
        Agency, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="cơ quan thẩm định, thẩm tra"
    )
    outcome = RichTextField("kết quả tiếp thu ý kiến", blank=True)
    became = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="drafts", verbose_name="đã ban hành thành"
    )

    objects = DocumentQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = "văn bản"
        verbose_name_plural = "văn bản"
        constraints = [*Publishable.Meta.constraints, *RULES]
        indexes = [*Publishable.Meta.indexes, *INDEXES]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As it is cited: "Nghị định 145/2020/NĐ-CP"."""
        return f"{self.doc_type} {self.number}" if self.number else self.title

    @property
    def validity_label(self) -> str:
        """Of a document read with_status()."""
        return Validity(self.validity).label

    @property
    def outdated(self) -> str:
        gone = self.status_on() in GONE
        return super().outdated or (self.status_on().label.lower() if gone else "")

    def passages(self) -> Iterator[Passage]:
        yield Passage("", f"{self.name}. {self.title}" if self.number else self.title, self.summary, weight=0.5)
        for piece in provisions.pieces(self.body):
            place, text = piece.place, plain(piece.html)
            if place is None:
                yield Passage("", self.title, text)
            elif text or place.heading:
                yield Passage(place.anchor, f"{place.label}. {place.heading}" if place.heading else place.label, text)
        yield from self.file_passages()

    def search_line(self) -> str:
        if self.is_draft:
            return f"Dự thảo {str(self.doc_type).lower()}"
        name = self.name if self.number else str(self.doc_type)
        return f"{name}, ban hành {self.issued_on:%d/%m/%Y}" if self.issued_on else name

    def search_day(self) -> date | None:
        return self.issued_on

    def search_status(self) -> Validity | None:
        return None if self.is_draft else self.status_on()

    def facets(self) -> Facets:
        issuers = [self.issuer, *(issuance.agency for issuance in self.issuances.all())]
        return Facets(
            fields=tuple(field.name for field in self.fields.all()),
            issuers=tuple(agency.name for agency in issuers if agency),
            year=self.year,
            outdated=self.status_on() in GONE,
            numbers=(self.name,) if self.number else (),
        )

    @classmethod
    def statuses(cls, day: date) -> dict[int, str]:
        return dict(cls.objects.with_status(day).values_list("pk", "validity"))

    def get_absolute_url(self) -> str:
        return reverse("legal_docs:document", args=[self.doc_type.slug, self.year, self.slug])

    def addresses(self) -> models.QuerySet:
        return super().addresses().filter(doc_type=self.doc_type_id, year=self.year)

    def fill_in(self) -> None:
        self.number_normalised = normalise_number(self.number)
        self.year = self.year_of_address()
        self.body = provisions.structured(clean(self.body))
        super().fill_in()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The contents list follows the body."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            provisions.write({self.pk: self.body})

    def clean(self) -> None:
        """Identity in words; forms leave it unchecked, because the normalised number is no field of theirs."""
        super().clean()
        same = Document.objects.filter(number_normalised=self.number_normalised, issued_on=self.issued_on)
        if self.number_normalised and same.filter(issuer=self.issuer_id).exclude(pk=self.pk).exists():
            raise ValidationError({"number": "Đã có văn bản cùng số, cùng cơ quan, cùng ngày ban hành."})

    def year_of_address(self) -> int:
        """Of the issue, else the one in the number; 0 when neither is known."""
        in_number = _YEAR.search(self.number)
        opened = self.consultation_opens.year if self.consultation_opens else 0
        return self.issued_on.year if self.issued_on else int(in_number[1]) if in_number else opened

    def slug_stem(self) -> str:
        """ "145/2020/NĐ-CP" → "145-2020-nd-cp"; of a document without a number, its title."""
        letters = re.sub(r"[^\w]+", "-", fold(self.number))
        return slugify(letters) if self.number_normalised else super().slug_stem()

    def status_on(self, day: date | None = None) -> Validity:
        """Whether it applies on a day (today by default). Lists use with_status() and ask once for all."""
        day = day or timezone.localdate()
        if getattr(self, "validity_day", None) != day:
            found = Document._base_manager.filter(pk=self.pk).values_list(validity_on(day), flat=True).first()
            return Validity(found or Validity.UNKNOWN)
        return Validity(self.validity)
