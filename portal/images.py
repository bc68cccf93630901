"""Takes every picture upload in: whatever a camera or an editor's computer makes becomes a plain sRGB web picture."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import pillow_heif
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, TiffImagePlugin

from portal import sandbox

MAX_BYTES = 25 * 1024 * 1024
MAX_SIDE = 2560
RENDITION_WIDTHS = (320, 640, 1024, 1600)

# The most megapixels whose measured peak stays under MEGABYTES. JPEG is decoded at a fraction of its size (draft mode)
# and may be larger, but a progressive one keeps all coefficients until its last scan. WebP, AVIF and HEIF are held
# three to four times over by their decoders.
MAX_MEGAPIXELS = {"JPEG": 120, "PNG": 40, "GIF": 40, "BMP": 40, "TIFF": 40, "AVIF": 40, "HEIF": 50, "WEBP": 20}
MAX_PROGRESSIVE_MEGAPIXELS = 40
MEGABYTES = 440
SECONDS = 5

_NAMES = "JPEG, PNG, WebP, GIF, AVIF, HEIC, TIFF hoặc BMP"
_NOT_A_PICTURE = f"Tệp không phải ảnh mà trang này nhận. Hãy chọn ảnh {_NAMES}."
_EMPTY = "Tệp rỗng, không có ảnh bên trong. Hãy chọn lại tệp ảnh."
_SVG = "Không nhận tệp SVG, vì trong đó có thể có mã độc. Hãy xuất ảnh ra PNG hoặc JPEG rồi tải lên lại."
_BROKEN = (
    "Ảnh bị hỏng, không đầy đủ hoặc thuộc loại hiếm gặp. Hãy mở ảnh trên máy, lưu thành tệp JPEG mới rồi tải lên lại."
)
_TOO_LARGE = "Ảnh quá lớn: %(what)s. Hãy thu nhỏ còn tối đa %(limit)s rồi tải lên lại."
_TOO_COSTLY = "Ảnh quá lớn hoặc quá phức tạp để xử lý. Hãy thu nhỏ, lưu thành tệp JPEG mới rồi tải lên lại."
_COLOURS = "Ảnh dùng kiểu màu không hiển thị được trên trang (%(mode)s). Hãy lưu thành tệp JPEG rồi tải lên lại."

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PHOTOMETRIC, _CIELAB = 262, 8


@dataclass(frozen=True)
class Rendition:
    """A smaller WebP copy."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Intake:
    """A picture taken in. `sha256` is that of the uploaded bytes: the same file is then known again when it comes
    a second time, also after an encoder update has changed what master is made from it."""

    master: bytes
    extension: str
    width: int
    height: int
    sha256: str
    renditions: tuple[Rendition, ...]


def take_in(upload: IO[bytes]) -> Intake:
    """The picture in this upload: upright, sRGB, at most MAX_SIDE, without metadata. Raises ValidationError."""
    upload.seek(0)
    data = upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES >> 20} MB"
        raise ValidationError(_TOO_LARGE, "too_large", {"what": f"tệp nặng hơn {limit}", "limit": limit})
    # Codecs are written in C and have a history: they run in a process that may crash, never in the server's.
    try:
        facts, (master, *smaller) = sandbox.run(develop, data, _sniff(data), seconds=SECONDS, megabytes=MEGABYTES)
    except sandbox.Failed as failure:
        if failure.reason == "crash":
            raise ValidationError(_BROKEN, "broken") from failure
        raise ValidationError(_TOO_COSTLY, "too_costly") from failure
    if "refused" in facts:
        raise ValidationError(*facts["refused"])
    renditions = (Rendition(*size, content) for size, content in zip(facts.pop("sizes"), smaller, strict=True))
    return Intake(master, sha256=hashlib.sha256(data).hexdigest(), renditions=tuple(renditions), **facts)


def _sniff(data: bytes) -> str:
    """The Pillow format these bytes begin like. Raises ValidationError for anything not on the list."""
    if not data:
        raise ValidationError(_EMPTY, "empty")
    head = data[:64]
    if head[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if head[4:8] == b"ftyp":
        # Phones write "mif1" as the main brand and name the codec among the compatible ones.
        brands = head[8 : min(64, int.from_bytes(head[:4]))]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")):
            return "HEIF"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "TIFF"
    if head[:2] == b"BM":
        return "BMP"
    if b"<svg" in data[:65536].lower():
        raise ValidationError(_SVG, "svg")
    raise ValidationError(_NOT_A_PICTURE, "not_a_picture")


def develop(data: bytes, file_format: str) -> sandbox.Result:
    """In the child process: the master's facts, and the contents of master and renditions."""
    try:
        image = _decode(data, file_format)
        image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
        image = _to_srgb(image)
        turn = _TURNS.get(image.info.get("turn"))
        image = image if turn is None else image.transpose(turn)
    except MemoryError:
        raise
    except ValidationError as refusal:
        return {"refused": [refusal.message, refusal.code, refusal.params]}, [b""]
    except Exception:
        return {"refused": [_BROKEN, "broken"]}, [b""]
    # Encoders copy comments and profiles from here.
    image.info.clear()
    extension, master = ("webp", _webp(image)) if image.mode == "RGBA" else ("jpg", _jpeg(image))
    renditions = [_narrowed(image, width) for width in RENDITION_WIDTHS if width <= image.width]
    facts = {"extension": extension, "width": image.width, "height": image.height}
    facts["sizes"] = [rendition.size for rendition in renditions]
    return facts, [master, *map(_webp, renditions)]


def _decode(data: bytes, file_format: str) -> Image.Image:
    """The first frame in mode L, RGB, RGBA, CMYK or LAB; info holds its ICC profile and the turn it still needs."""
    if file_format == "HEIF":
        # Here and not on import, so that Image.open in the server's process does not learn it too.
        pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    if file_format == "TIFF":
        # Pillow reads Lab in 8 bits only, cameras' software also writes 16. Read as RGB, it keeps the high bytes.
        for prefix, raw in ((TiffImagePlugin.II, "RGB;16L"), (TiffImagePlugin.MM, "RGB;16B")):
            TiffImagePlugin.OPEN_INFO[prefix, _CIELAB, (1,), 1, (16, 16, 16), ()] = ("RGB", raw)
    # Only the plugin of this format runs. Pillow's own bomb check is off: ours is stricter and comes before decoding.
    Image.MAX_IMAGE_PIXELS = None
    image = Image.open(BytesIO(data), formats=[file_format])
    most = MAX_PROGRESSIVE_MEGAPIXELS if image.info.get("progressive") else MAX_MEGAPIXELS[file_format]
    if image.width * image.height > most * 1_000_000:
        what, limit = f"{image.width} × {image.height} điểm ảnh", f"{most} triệu điểm ảnh"
        raise ValidationError(_TOO_LARGE, "too_many_pixels", {"what": what, "limit": limit})
    if file_format == "JPEG":
        scale = MAX_SIDE / max(image.size)
        image.draft(None, (int(image.width * scale), int(image.height * scale)))
    image.load()
    plain = _plain(image)
    plain.info = {"turn": _orientation(image), "icc_profile": image.info.get("icc_profile")}
    return plain


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        return 1


def _plain(image: Image.Image) -> Image.Image:
    if image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == _CIELAB and image.mode == "RGB":
        # TIFF has a and b signed (TIFF 6.0 §23), the colour engine has them offset by 128.
        lightness, a, b = image.split()
        return Image.merge("LAB", [lightness, *(band.point(lambda value: value ^ 128) for band in (a, b))])
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("RGB", "CMYK", "LAB", "L"):
        return image
    if image.mode in ("1", "P", "YCbCr", "RGBX"):
        return image.convert("RGB")
    raise ValidationError(_COLOURS, "colours", {"mode": image.mode})


def _to_srgb(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where something is really transparent."""
    info = image.info
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    if image.mode == "LAB":
        colours = _transform(colours, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    elif info["icc_profile"]:
        colours = _through_profile(colours, info["icc_profile"])
    colours = colours.convert("RGB")
    if alpha and alpha.getextrema()[0] < 255:
        colours.putalpha(alpha)
    colours.info = info
    return colours


def _through_profile(image: Image.Image, icc: bytes) -> Image.Image:
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        # A grey picture may carry an RGB profile and the other way round; CMYK goes with CMYK only.
        mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[profile.profile.xcolor_space.strip()]
        if (mode == "CMYK") != (image.mode == "CMYK"):
            return image
        return _transform(image.convert(mode), profile)
    except (ImageCms.PyCMSError, OSError, KeyError):
        # A damaged profile costs accuracy of colour, not the picture.
        return image


def _transform(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), intent, "RGB", flags=flags)


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)


def _jpeg(image: Image.Image) -> bytes:
    output = BytesIO()
    image.save(output, "JPEG", quality=88, progressive=True, optimize=True)
    return output.getvalue()


def _webp(image: Image.Image) -> bytes:
    # Small pictures with transparency are emblems and logos, whose flat colours lossy compression would smear.
    lossless = image.mode == "RGBA" and image.width * image.height <= 640 * 640
    output = BytesIO()
    if image.mode == "RGB":
        image.save(output, "WEBP", quality=78, method=4)
    else:
        image.save(output, "WEBP", quality=90, method=2, lossless=lossless)
    return output.getvalue()
