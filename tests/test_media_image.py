from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.errors import MediaError, UnknownNameError
from workbench.media import Probe, decode_image, encode_thumbnail, probe

RED, BLUE = (220, 20, 30), (20, 30, 220)


def halves(width: int = 64, height: int = 32) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def assert_near(pixel: np.ndarray, colour: tuple[int, int, int], tolerance: int = 12) -> None:
    assert np.abs(pixel.astype(int) - colour).max() <= tolerance, pixel


def test_a_photo_comes_as_rgb_rows(tmp_path: Path) -> None:
    halves().save(tmp_path / "a.png")
    pixels = decode_image(tmp_path / "a.png")
    assert (pixels.dtype, pixels.shape) == (np.uint8, (32, 64, 3))
    assert_near(pixels[5, 5], RED, 0)
    assert_near(pixels[5, 60], BLUE, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_set_upright(tmp_path: Path, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = halves(640, 320)
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    for at_least_px in (None, 64):
        pixels = decode_image(tmp_path / "a.jpg", at_least_px=at_least_px)
        height, width = pixels.shape[:2]
        assert width == 2 * height
        assert_near(pixels[height // 2, width // 8], RED)
        assert_near(pixels[height // 2, width * 7 // 8], BLUE)
    assert probe(tmp_path / "a.jpg") == Probe("image", width=640, height=320)


def test_a_broken_exif_block_does_not_cost_the_picture(tmp_path: Path) -> None:
    halves().save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12nonsense")
    assert decode_image(tmp_path / "a.jpg").shape == (32, 64, 3)


@pytest.mark.parametrize(("at_least_px", "short_px"), [(100, 125), (250, 250), (251, 500), (5_000, 1_000)])
def test_a_jpeg_is_decoded_at_the_smallest_scale_that_keeps_the_pixels_asked(
    tmp_path: Path, at_least_px: int, short_px: int
) -> None:
    halves(1_500, 1_000).save(tmp_path / "a.jpg")
    assert min(decode_image(tmp_path / "a.jpg", at_least_px=at_least_px).shape[:2]) == short_px
    assert min(decode_image(tmp_path / "a.jpg", at_least_px=at_least_px, exact=True).shape[:2]) == 1_000


def test_a_scaled_decode_at_twice_the_target_gives_nearly_the_pixels_of_a_full_one(tmp_path: Path) -> None:
    smooth = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    Image.fromarray(smooth).resize((2_400, 1_600), Image.Resampling.BICUBIC).save(
        tmp_path / "a.jpg", quality=90
    )

    def at_224(exact: bool) -> np.ndarray:
        pixels = decode_image(tmp_path / "a.jpg", at_least_px=448, exact=exact)
        return np.asarray(Image.fromarray(pixels).resize((336, 224), Image.Resampling.BICUBIC), np.float32)

    assert np.abs(at_224(True) - at_224(False)).mean() < 0.5


def test_alpha_is_laid_over_white(tmp_path: Path) -> None:
    image = halves().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.save(tmp_path / "a.png")
    assert (decode_image(tmp_path / "a.png") == 255).all()


def test_half_alpha_is_half_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 128)).save(tmp_path / "a.webp", lossless=True)
    assert_near(decode_image(tmp_path / "a.webp")[0, 0], (127, 127, 127), 1)


def test_a_palette_with_a_transparent_colour_is_laid_over_white(tmp_path: Path) -> None:
    image = halves().quantize(2)
    clear = image.getpixel((0, 0))
    image.save(tmp_path / "a.png", transparency=clear)
    pixels = decode_image(tmp_path / "a.png")
    assert_near(pixels[5, 5], (255, 255, 255), 0)
    assert_near(pixels[5, 60], BLUE, 2)


def test_grey_with_alpha_and_one_bit_become_rgb(tmp_path: Path) -> None:
    Image.new("LA", (4, 4), (100, 255)).save(tmp_path / "la.png")
    Image.new("1", (4, 4), 1).save(tmp_path / "one.png")
    assert_near(decode_image(tmp_path / "la.png")[0, 0], (100, 100, 100), 0)
    assert_near(decode_image(tmp_path / "one.png")[0, 0], (255, 255, 255), 0)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path, name: str) -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16)[None].repeat(4, 0)
    Image.fromarray(ramp).save(tmp_path / name)
    assert np.abs(decode_image(tmp_path / name)[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_float_pixels_from_0_to_1_are_scaled_and_nan_is_black(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None].repeat(4, 0)
    ramp[1, 5] = np.nan
    Image.fromarray(ramp).save(tmp_path / "a.tif")
    pixels = decode_image(tmp_path / "a.tif")
    assert np.abs(pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1
    assert pixels[1, 5, 0] == 0


def test_cmyk_is_not_inverted(tmp_path: Path) -> None:
    halves(64, 64).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert Image.open(tmp_path / "a.jpg").mode == "CMYK"
    pixels = decode_image(tmp_path / "a.jpg")
    assert_near(pixels[32, 8], RED)
    assert_near(pixels[32, 56], BLUE)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=100)
    assert_near(decode_image(tmp_path / name)[16, 16], RED)
    assert probe(tmp_path / name).media == "image"


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    halves().save(tmp_path / "a.jpg", format="PNG")
    assert probe(tmp_path / "a.jpg", "image").width == 64
    assert decode_image(tmp_path / "a.jpg").shape == (32, 64, 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_cut_off_image_is_an_error_with_a_plain_reason(tmp_path: Path, format: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save(buffer, format)
    (tmp_path / "a").write_bytes(buffer.getvalue()[: buffer.tell() // 2])
    with pytest.raises(MediaError, match=r"cut off|damaged"):
        decode_image(tmp_path / "a")
    with pytest.raises(MediaError, match=r"cut off|damaged"):
        probe(tmp_path / "a")


def test_any_flipped_byte_gives_a_picture_or_a_media_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for format in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"):
        buffer = io.BytesIO()
        halves(24, 16).save(buffer, format)
        for _turn in range(40):
            content = bytearray(buffer.getvalue())
            for at in rng.integers(0, len(content), 3):
                content[at] ^= int(rng.integers(1, 256))
            (tmp_path / "a").write_bytes(content)
            try:
                assert decode_image(tmp_path / "a").ndim == 3
            except MediaError as error:
                assert str(error)  # noqa: PT017 - either outcome is right


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        decode_image(tmp_path / "gone.jpg")
    with pytest.raises(MediaError, match="no such file"):
        probe(tmp_path / "gone.jpg")


def test_a_kind_that_is_not_the_one_expected_is_an_error(tmp_path: Path) -> None:
    halves().save(tmp_path / "a.png")
    with pytest.raises(MediaError, match=r"expected video, but the content is PNG image"):
        probe(tmp_path / "a.png", "video")
    with pytest.raises(UnknownNameError, match="kind of media 'picture'"):
        probe(tmp_path / "a.png", "picture")


@pytest.mark.parametrize(("shape", "size"), [((300, 400, 3), (256, 192)), ((100, 50, 3), (50, 100))])
def test_a_thumbnail_fits_its_size_and_is_never_enlarged(
    shape: tuple[int, int, int], size: tuple[int, int]
) -> None:
    thumbnail = Image.open(io.BytesIO(encode_thumbnail(np.zeros(shape, np.uint8), 256)))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", size)
