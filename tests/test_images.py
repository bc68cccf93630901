"""Whatever a camera makes comes in as a plain web picture; whatever is not a picture stays out, whole and unharmed."""

import hashlib
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageChops, ImageCms, ImageStat

from portal import images, sandbox
from tests.measured import take_all_in

ORIENTATION = 0x0112
GPS = 0x8825
SIDEWAYS = 6
# What must not come in although it lies among the good photos.
REFUSED_PHOTOS = {"vips_logo.svg": "svg"}


def picture(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def taken(image: Image.Image, file_format: str, **options) -> images.Intake:
    upload = BytesIO()
    image.save(upload, file_format, **options)
    return images.take_in(upload)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of small copies, 0 to 255."""
    small = [image.resize((48, 48), reducing_gap=3).convert("RGB") for image in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3


def refusal(content: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        images.take_in(BytesIO(content))
    return caught.value


def flag(size=(60, 40)) -> Image.Image:
    """Red left above, blue elsewhere: every turn of it looks different."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    return image


@pytest.fixture(scope="module")
def photos(data):
    """The name of every good photo → what came of it."""
    paths = [path for path in data.glob("photos/*/*") if path.parent.name not in ("broken", "large")]
    outcomes, peak = take_all_in("portal.images", sorted(paths))
    return {path.name: outcome for path, outcome in outcomes.items()} | {"peak": peak}


@pytest.fixture(scope="module")
def intakes(photos):
    return {name: outcome.intake for name, outcome in photos.items() if name != "peak" and outcome.intake}


@pytest.fixture(scope="module")
def hostile(data):
    """The path of broken, huge and hostile files → what came of them. Of the 120 crashers each third, for time."""
    crashers, others = [], [*data.glob("photos/broken/*"), *data.glob("photos/large/*")]
    for path in sorted(data.glob("attacks/files/*/*")):
        (crashers if path.parent.name.startswith("img-") else others).append(path)
    return take_all_in("portal.images", others + crashers[::3])


def test_every_photo_comes_in_except_svg(photos):
    refused = {name: outcome.refusal for name, outcome in photos.items() if name != "peak" and not outcome.intake}
    assert refused == REFUSED_PHOTOS
    assert len(photos) > 30


def test_no_photo_takes_500_mb_or_5_seconds(photos):
    assert photos["peak"] < 500
    assert max(outcome.processor_seconds for name, outcome in photos.items() if name != "peak") < 5


def test_a_master_is_a_jpeg_or_webp_of_at_most_2560_pixels(intakes):
    for name, intake in intakes.items():
        master = picture(intake.master)
        assert (master.format, intake.extension) in {("JPEG", "jpg"), ("WEBP", "webp")}, name
        assert master.size == (intake.width, intake.height), name
        assert max(master.size) <= 2560, name


def test_no_metadata_is_left_in_any_file(intakes):
    for name, intake in intakes.items():
        for content in (intake.master, *(rendition.content for rendition in intake.renditions)):
            known = picture(content)
            assert not known.getexif(), name
            assert not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & set(known.info), name
            assert not [word for word in (b"Exif\0\0", b"ns.adobe.com", b"ICC_PROFILE") if word in content], name


def test_a_photo_with_gps_loses_it(data, intakes):
    located = [path for path in data.glob("photos/gps/*") if picture(path.read_bytes()).getexif().get_ifd(GPS)]
    assert len(located) == 3
    for path in located:
        assert not picture(intakes[path.name].master).getexif().get_ifd(GPS)


def test_renditions_are_webp_in_the_agreed_widths_and_never_wider_than_the_master(intakes):
    for name, intake in intakes.items():
        master = picture(intake.master)
        assert [each.width for each in intake.renditions] == [w for w in (320, 640, 1024, 1600) if w <= intake.width]
        for rendition in intake.renditions:
            image = picture(rendition.content)
            assert (image.format, image.size) == ("WEBP", (rendition.width, rendition.height)), name
            assert abs(rendition.height / rendition.width - intake.height / intake.width) < 0.01, name
            assert difference(image, master) < 4, name


@pytest.mark.parametrize("turned", ["Landscape_3.jpg", "Landscape_6.jpg", "Landscape_8.jpg"])
def test_a_photo_held_sideways_stands_upright(intakes, turned):
    upright = picture(intakes["Landscape_1.jpg"].master)
    master = picture(intakes[turned].master)
    assert master.size == upright.size == (1800, 1200)
    assert difference(master, upright) < 3
    assert difference(master.rotate(180), upright) > 30


def test_mirrored_photos_show_the_same_upright_scene(intakes):
    one, other = (picture(intakes[f"Portrait_{turn}.jpg"].master) for turn in (5, 7))
    assert one.size == other.size == (1200, 1800)
    assert difference(one, other) < 3
    # Dark ground below, bright sky above.
    top, bottom = (
        ImageStat.Stat(one.convert("L").crop(box)).mean[0] for box in ((0, 0, 1200, 500), (0, 1500, 1200, 1800))
    )
    assert top > bottom + 30


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
def test_every_format_that_can_be_turned_is_turned(file_format):
    exif = Image.Exif()
    exif[ORIENTATION] = SIDEWAYS
    intake = taken(flag().transpose(Image.Transpose.ROTATE_90), file_format, exif=exif)
    assert (intake.width, intake.height) == (60, 40)
    assert difference(picture(intake.master), flag()) < 12


def test_colours_of_another_profile_become_srgb(data):
    # Display P3, as iPhones write it: the same numbers mean a stronger colour there.
    phone = picture((data / "photos/formats/vips_avif-orientation-6.avif").read_bytes())
    intake = taken(Image.new("RGB", (64, 64), (200, 100, 50)), "PNG", icc_profile=phone.info["icc_profile"])
    red, green, blue = picture(intake.master).getpixel((30, 30))
    assert red > 208
    assert green < 97
    assert blue < 42


def test_print_colours_become_srgb_through_their_profile(data, intakes):
    name = "sharp_Channel_digital_image_CMYK_color.jpg"
    original = picture((data / "photos/formats" / name).read_bytes())
    assert original.mode == "CMYK"
    profile = ImageCms.ImageCmsProfile(BytesIO(original.info["icc_profile"]))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    meant = ImageCms.profileToProfile(original, profile, ImageCms.createProfile("sRGB"), intent, "RGB")
    master = picture(intakes[name].master)
    assert master.mode == "RGB"
    assert difference(master, meant) < difference(master, original.convert("RGB"))
    assert difference(master, meant) < 15


def test_a_lab_tiff_of_16_bits_comes_in_green_as_the_meadow_it_shows(intakes):
    red, green, blue = ImageStat.Stat(picture(intakes["sharp_cielab-dagams.tiff"].master)).mean
    assert green > red > blue


def test_grey_of_16_bits_keeps_its_middle():
    intake = taken(Image.new("I;16", (30, 30), 128 * 257), "PNG")
    assert picture(intake.master).getpixel((9, 9)) == pytest.approx((128, 128, 128), abs=2)


def test_a_damaged_colour_profile_costs_nothing_but_itself():
    intake = taken(flag(), "PNG", icc_profile=b"no profile at all" * 20)
    assert difference(picture(intake.master), flag()) < 12


def test_transparency_is_kept_as_webp_and_only_where_there_is_some():
    emblem = Image.new("RGBA", (400, 400), (200, 0, 0, 255))
    assert taken(emblem, "PNG").extension == "jpg"
    emblem.paste((0, 0, 0, 0), (0, 0, 100, 100))
    intake = taken(emblem, "PNG")
    assert intake.extension == "webp"
    assert picture(intake.renditions[0].content).getpixel((5, 5))[3] == 0


def test_the_first_frame_of_an_animation_is_taken():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green")]
    for file_format in ("GIF", "WEBP"):
        intake = taken(frames[0], file_format, save_all=True, append_images=frames[1:])
        assert difference(picture(intake.master), frames[0]) < 12


def test_the_same_file_is_known_again_by_its_hash(data):
    path = data / "photos/camera/kodak-dc210.jpg"
    with path.open("rb") as upload:
        upload.read(1000)
        intake = images.take_in(upload)
    assert intake.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_hostile_file_crashes_or_takes_500_mb_or_5_seconds(hostile):
    outcomes, peak = hostile
    assert len({path.parent.name for path in outcomes}) == 9
    assert len(outcomes) > 190
    assert peak < 500
    assert max(outcome.processor_seconds for outcome in outcomes.values()) < 5


def test_hostile_files_are_refused_in_vietnamese_or_come_out_as_fresh_pictures(hostile):
    for path, outcome in hostile[0].items():
        if outcome.intake:
            assert picture(outcome.intake.master).format in ("JPEG", "WEBP"), path
            assert b"<script" not in outcome.intake.master.lower(), path
        else:
            assert "Hãy" in outcome.message, path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("photos/broken/incomplete_image.jpg", "broken"),
        ("photos/broken/vips_truncated.gif", "broken"),
        ("photos/large/65536-uint32-limit.png", "too_many_pixels"),
        ("photos/large/giant-image.jpg", "too_many_pixels"),
        ("attacks/files/bombs/png-30000x30000-1bit.png", "too_many_pixels"),
        ("attacks/files/bombs/jpg-65500x65500-header.jpg", "too_many_pixels"),
        ("attacks/files/bombs/png-dims-2e31.png", "too_many_pixels"),
        ("attacks/files/bombs/png-iccp-bomb-128MB.png", "broken"),
        ("attacks/files/bombs/html-named.jpg", "not_a_picture"),
        ("attacks/files/bombs/svg-named.jpg", "svg"),
        ("attacks/files/bombs/svg-billion-laughs.svg", "svg"),
        ("attacks/files/bombs/zero-bytes.jpg", "empty"),
    ],
)
def test_what_is_broken_huge_or_disguised_is_refused(data, hostile, name, code):
    assert hostile[0][data / name].refusal == code


def test_no_svg_comes_in_under_any_name(data, hostile):
    drawings = [path for path in hostile[0] if b"<svg" in path.read_bytes()[:2000] and path.suffix in (".svg", ".jpg")]
    assert len(drawings) > 12
    assert {hostile[0][path].refusal for path in drawings} == {"svg"}


def test_messages_say_what_to_do():
    assert refusal(b"").messages == ["Tệp rỗng, không có ảnh bên trong. Hãy chọn lại tệp ảnh."]
    assert "Hãy chọn ảnh JPEG, PNG" in refusal(b"<!doctype html><p>").messages[0]
    assert "Hãy xuất ảnh ra PNG hoặc JPEG" in refusal(b'<?xml version="1.0"?><SVG onload="x()">').messages[0]
    assert "Ảnh bị hỏng" in refusal(b"\x89PNG\r\n\x1a\n nothing more").messages[0]
    assert refusal(b"\xff" * (images.MAX_BYTES + 1)).messages == [
        "Ảnh quá lớn: tệp nặng hơn 25 MB. Hãy thu nhỏ còn tối đa 25 MB rồi tải lên lại."
    ]


def test_a_picture_of_too_many_pixels_is_told_its_size_and_the_limit(data, hostile):
    assert hostile[0][data / "attacks/files/bombs/png-30000x30000-1bit.png"].message == (
        "Ảnh quá lớn: 30000 × 30000 điểm ảnh. Hãy thu nhỏ còn tối đa 40 triệu điểm ảnh rồi tải lên lại."
    )


def test_colours_beyond_display_are_refused_with_advice():
    upload = BytesIO()
    Image.new("F", (8, 8), 0.5).save(upload, "TIFF")
    assert "kiểu màu" in refusal(upload.getvalue()).messages[0]


def test_the_costliest_picture_still_accepted_stays_below_500_mb(tmp_path):
    (tmp_path / "palette.png").write_bytes(blank_palette_png(8_000, 5_000))
    outcomes, peak = take_all_in("portal.images", sorted(tmp_path.iterdir()))
    assert [outcome.refusal for outcome in outcomes.values()] == [""]
    assert 300 < peak < 500


@pytest.mark.parametrize(("reason", "code"), [("crash", "broken"), ("time", "too_costly"), ("memory", "too_costly")])
def test_a_decoder_that_crashes_hangs_or_swells_refuses_the_picture(monkeypatch, reason, code):
    def failed(*args, **kwargs):
        raise sandbox.Failed(reason)

    monkeypatch.setattr(sandbox, "run", failed)
    assert refusal(b"\xff\xd8\xff").code == code


def blank_palette_png(width: int, height: int) -> bytes:
    """Of one transparent colour; packed row by row, to need less memory than what is tested."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 3, 0, 0, 0])
    packer = zlib.compressobj(1)
    rows = b"".join([*(packer.compress(bytes(1 + width)) for _ in range(height)), packer.flush()])
    chunks = [(b"IHDR", header), (b"PLTE", bytes(3)), (b"tRNS", bytes(1)), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)
