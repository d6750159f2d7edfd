# /// script
# requires-python = ">=3.11"
# dependencies = ["pillow>=11", "imageio-ffmpeg>=0.6", "font-source-serif-pro>=0.0.1"]
# ///
"""Make the demo brand's welcome videos: a dawn ("alba") over hills, the greeting, and a soft chime.

    uv run brands/demo/media/make.py                  # both videos, beside this script
    uv run brands/demo/media/make.py --still 4 out/   # a PNG of second 4 instead, to look at

The same versions of Python, Pillow and ffmpeg make the same bytes: no chance and no clock. ffmpeg is taken from PATH,
else from the imageio-ffmpeg wheel. The typeface is Source Serif Pro, whose licence (SIL Open Font License 1.1) asks
nothing of what is made with it. The results are committed, so nobody needs to run this to use the pack.
"""

import argparse
import math
import random
import shutil
import subprocess
import sys
import tempfile
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 720
HEIGHT: Final = 1280
FPS: Final = 25
SECONDS: Final = 7
RATE: Final = 44_100
MAX_BYTES: Final = 600_000
ENCODE_TIMEOUT: Final = 300  # seconds

GREETINGS: Final = {
    "en": ("Alba", "Welcome", "We are so glad you are here"),
    "es": ("Alba", "Te damos la bienvenida", "¡Qué alegría tenerte aquí!"),
}
CREAM: Final = (255, 246, 232)

Colour = tuple[int, int, int]
Stops = tuple[tuple[float, Colour], ...]

NIGHT: Final[Stops] = (
    (0.0, (16, 18, 48)),
    (0.35, (38, 32, 82)),
    (0.58, (92, 54, 110)),
    (0.72, (168, 84, 110)),
    (1.0, (190, 100, 110)),
)
DAWN: Final[Stops] = (
    (0.0, (42, 52, 112)),
    (0.3, (92, 76, 148)),
    (0.5, (196, 110, 142)),
    (0.64, (250, 168, 122)),
    (1.0, (255, 214, 150)),
)
# Of each ridge, from far to near: height of its line, swell, phase, colours at its top and foot by night and by dawn.
RIDGES: Final = (
    (860, 46, 0.4, ((88, 56, 108), (120, 72, 116)), ((190, 106, 132), (238, 156, 130))),
    (950, 58, 2.1, ((62, 44, 94), (86, 58, 106)), ((136, 78, 122), (196, 116, 128))),
    (1050, 52, 4.0, ((40, 32, 74), (56, 42, 86)), ((88, 56, 106), (138, 80, 118))),
    (1160, 40, 5.2, ((20, 20, 52), (14, 14, 40)), ((44, 36, 80), (28, 24, 60))),
)


def ease(time: float, start: float, end: float) -> float:
    """0 before `start`, 1 after `end` (seconds), and a smooth way between."""
    x = min(max((time - start) / (end - start), 0.0), 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)


def gradient(stops: Stops, height: int) -> Image.Image:
    """A vertical gradient of the film's width; stops are (place from 0 to 1, colour)."""
    column = Image.new("RGB", (1, height))
    for y in range(height):
        place = y / max(height - 1, 1)
        (low, first), (high, second) = next(pair for pair in pairwise(stops) if pair[0][0] <= place <= pair[1][0])
        share = (place - low) / (high - low)
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
        column.putpixel((0, y), (red, green, blue))
    return column.resize((WIDTH, height))


def ridge_line(x: float, base: float, swell: float, phase: float) -> float:
    """Height of a ridge's line: three waves that never seem to repeat."""
    return base - swell * (
        0.6 * math.sin(x / 170 + phase) + 0.3 * math.sin(x / 71 + 2.3 * phase) + 0.1 * math.sin(x / 29 + phase)
    )


@dataclass(frozen=True)
class Ridge:
    """One row of hills: its outline and its colours by night and by dawn."""

    top: int
    mask: Image.Image
    night: Image.Image
    dawn: Image.Image


def make_ridge(base: int, swell: int, phase: float, *colours: tuple[Colour, Colour]) -> Ridge:
    """Draw the outline at four times its size, so that it comes out smooth."""
    top = base - swell
    height = HEIGHT - top
    scale = 4
    mask = Image.new("L", (WIDTH * scale, height * scale))
    line = [(x, (ridge_line(x / scale, base, swell, phase) - top) * scale) for x in range(0, WIDTH * scale + 1, scale)]
    ImageDraw.Draw(mask).polygon([*line, (WIDTH * scale, height * scale), (0, height * scale)], fill=255)
    night, dawn = (gradient(((0.0, pair[0]), (0.6, pair[1]), (1.0, pair[1])), height) for pair in colours)
    return Ridge(top, mask.resize((WIDTH, height), Image.Resampling.LANCZOS), night, dawn)


def disc(radius: int, fall: float) -> Image.Image:
    """A round light: full in the middle, nothing at the rim; the higher `fall`, the faster it fades."""
    steps = Image.radial_gradient("L").resize((2 * radius, 2 * radius), Image.Resampling.BICUBIC)
    # Pillow's gradient reaches 255 in the corners, so the rim of the inscribed circle is at 255 / sqrt(2).
    return steps.point([round(255 * max(0.0, 1 - value * math.sqrt(2) / 255) ** fall) for value in range(256)])


def solid_disc(radius: int) -> Image.Image:
    """A disc with a smooth edge."""
    scale = 4
    mask = Image.new("L", (2 * radius * scale, 2 * radius * scale))
    ImageDraw.Draw(mask).ellipse((scale, scale, (2 * radius - 1) * scale, (2 * radius - 1) * scale), fill=255)
    return mask.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)


def placed(mask: Image.Image, centre_x: float, centre_y: float, strength: float) -> Image.Image:
    """A mask of the film's size with a light at a place finer than a pixel, so that slow movement does not jerk."""
    half = mask.width / 2
    moved = mask.transform(
        (WIDTH, HEIGHT),
        Image.Transform.AFFINE,
        (1, 0, half - centre_x, 0, 1, half - centre_y),
        Image.Resampling.BICUBIC,
    )
    return moved.point([round(value * strength) for value in range(256)])


class Scene:
    """The landscape without words; parts that never change are drawn once."""

    def __init__(self) -> None:
        self.night = gradient(NIGHT, HEIGHT)
        self.dawn = gradient(DAWN, HEIGHT)
        self.ridges = [make_ridge(*ridge) for ridge in RIDGES]
        self.halo = disc(560, 2.2)
        self.corona = disc(190, 1.6)
        self.sun = solid_disc(78)
        self.stars = self._stars()

    @staticmethod
    def _stars() -> Image.Image:
        dice = random.Random(11)  # noqa: S311 - the same sky each time is the point
        sky = Image.new("L", (WIDTH * 2, HEIGHT * 2))
        draw = ImageDraw.Draw(sky)
        for _ in range(90):
            x, y = dice.uniform(0, WIDTH * 2), dice.triangular(0, 1240, 60)
            radius = dice.choice((1.2, 1.2, 1.6, 2.2))
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=dice.randint(90, 230))
        return sky.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)

    def draw(self, time: float) -> Image.Image:
        """The landscape at a time in seconds."""
        light = 0.12 + 0.88 * ease(time, 0.0, SECONDS - 1.0)
        frame = Image.blend(self.night, self.dawn, light)
        stars = self.stars.point([round(value * (1 - ease(time, 0.5, 4.5))) for value in range(256)])
        frame.paste(CREAM, mask=stars)
        height = 905 - 195 * ease(time, -0.8, SECONDS - 0.4)
        for mask, colour, strength in (
            (self.halo, (255, 168, 112), 0.30 + 0.42 * light),
            (self.corona, (255, 222, 160), 0.35 + 0.45 * light),
            (self.sun, (255, 240, 208), 1.0),
        ):
            frame.paste(colour, mask=placed(mask, WIDTH / 2, height, strength))
        for ridge in self.ridges:
            frame.paste(Image.blend(ridge.night, ridge.dawn, light), (0, ridge.top), ridge.mask)
        return frame


def typeface(style: str, size: int) -> ImageFont.FreeTypeFont:
    """Source Serif Pro from its wheel."""
    path = files("font_source_serif_pro") / "files" / f"SourceSerifPro-{style}.ttf"
    return ImageFont.truetype(BytesIO(path.read_bytes()), size)


def line_of_text(text: str, style: str, size: int, spacing: float) -> Image.Image:
    """A mask of the film's width with a centred line of text, letters `spacing` pixels further apart than usual."""
    font = typeface(style, size)
    advances = [font.getlength(char) + spacing for char in text]
    x = (WIDTH - sum(advances) + spacing) / 2
    mask = Image.new("L", (WIDTH, size * 2))
    draw = ImageDraw.Draw(mask)
    for char, advance in zip(text, advances, strict=True):
        draw.text((x, size * 1.4), char, fill=255, font=font, anchor="ls")
        x += advance
    return mask


class Words:
    """What is written over the landscape: the brand's name from the first frame on, the greeting a little later."""

    def __init__(self, language: str) -> None:
        brand, greeting, more = GREETINGS[language]
        size = 76 if len(greeting) < 12 else 54  # noqa: PLR2004 - a short word may be larger
        # Mask, baseline in pixels from the top, when it appears in seconds.
        self.lines = (
            (line_of_text(brand, "Light", 168, 10), 300, -2.0),
            (line_of_text(greeting, "Regular", size, 1), 440, 1.0),
            (line_of_text(more, "It", 38, 0.5), 506, 2.0),
        )

    def draw(self, frame: Image.Image, time: float) -> None:
        """Write onto the frame of a time in seconds; lines fade in while they rise by a few pixels."""
        for mask, baseline, start in self.lines:
            shown = ease(time, start, start + 1.6)
            if shown:
                y = baseline - mask.height * 0.7 + 22 * (1 - shown)
                moved = mask.transform(
                    mask.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, math.floor(y) - y), Image.Resampling.BILINEAR
                )
                faded = moved.point([round(value * shown) for value in range(256)])
                frame.paste(CREAM, (0, math.floor(y)), faded)
        half = 70 * ease(time, 0.5, 2.2)
        rule = Image.new("L", (WIDTH, 2))
        rule.paste(190, (round(WIDTH / 2 - half), 0, round(WIDTH / 2 + half), 2))
        frame.paste(CREAM, (0, 352), rule)


def chime() -> bytes:
    """Six soft bells over a low chord: mono, 16 bit, little-endian."""
    total = RATE * SECONDS
    sound = [0.0] * total
    partials = ((1.0, 1.0, 1.5), (2.0, 0.32, 0.9), (3.0, 0.10, 0.5), (4.16, 0.06, 0.25))
    notes = ((0.35, 329.63), (0.95, 493.88), (1.55, 659.26), (2.30, 830.61), (3.05, 739.99), (3.80, 987.77))
    for start, pitch in notes:
        first = round(start * RATE)
        for ratio, loudness, life in partials:
            turn = 2 * math.pi * pitch * ratio / RATE
            for i in range(min(round(life * 4 * RATE), total - first)):
                attack = min(i / (0.008 * RATE), 1.0)
                sound[first + i] += loudness * attack * math.exp(-i / (life * RATE)) * math.sin(turn * i)
    for pitch, loudness in ((164.81, 0.22), (246.94, 0.14), (415.30, 0.05)):
        turn = 2 * math.pi * pitch / RATE
        for i in range(total):
            swell = ease(i / RATE, 0, 2.5) * (1 + 0.15 * math.sin(2 * math.pi * 0.4 * i / RATE))
            sound[i] += loudness * swell * math.sin(turn * i)
    peak = max(abs(value) for value in sound)
    samples = array(
        "h",
        (
            round(14_000 * value / peak * (1 - ease(i / RATE, SECONDS - 1.4, SECONDS - 0.05)))
            for i, value in enumerate(sound)
        ),
    )
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def frames(scene: Scene, language: str) -> Iterator[Image.Image]:
    """All frames of a language's film, in order."""
    words = Words(language)
    for number in range(FPS * SECONDS):
        frame = scene.draw(number / FPS)
        words.draw(frame, number / FPS)
        yield frame


def ffmpeg() -> str:
    """Path of an ffmpeg with H.264: the system's, else the wheel's."""
    if found := shutil.which("ffmpeg"):
        return found
    import imageio_ffmpeg  # type: ignore[import-untyped]  # noqa: PLC0415 - only needed where the system has none

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def encode(images: Iterator[Image.Image], sound: bytes, target: Path) -> None:
    """Write H.264 and AAC with the index first, so that playing starts before all is loaded.

    Frames pass through a file, since a pipe would need a thread to bound its waits.
    """
    with tempfile.TemporaryDirectory() as folder:
        video, audio = Path(folder, "frames.rgb"), Path(folder, "chime.wav")
        with video.open("wb") as raw:
            for image in images:
                raw.write(image.tobytes())
        with wave.open(str(audio), "wb") as track:
            track.setnchannels(1)
            track.setsampwidth(2)
            track.setframerate(RATE)
            track.writeframes(sound)
        # fmt: off
        command = [
            ffmpeg(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", str(video),
            "-i", str(audio),
            "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
            "-c:v", "libx264", "-profile:v", "high", "-preset", "slow", "-crf", "23", "-threads", "1",
            "-x264-params", "aq-mode=3:aq-strength=1.2", "-maxrate", "540k", "-bufsize", "1080k", "-g", "50",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            "-c:a", "aac", "-b:a", "96k",
            "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
            "-movflags", "+faststart", str(target),
        ]
        # fmt: on
        subprocess.run(command, check=True, timeout=ENCODE_TIMEOUT)  # noqa: S603 - our own words, no shell


def main() -> None:
    """Make the videos, or stills of them to look at."""
    parser = argparse.ArgumentParser(description="make the demo brand's welcome videos")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, help="where to write")
    parser.add_argument("--still", type=float, metavar="SECONDS", help="write PNGs of this moment instead")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    scene = Scene()
    if options.still is not None:
        for language in GREETINGS:
            frame = scene.draw(options.still)
            Words(language).draw(frame, options.still)
            frame.save(options.folder / f"still.{language}.{options.still:g}.png")
        return
    sound = chime()
    for language in GREETINGS:
        target = options.folder / f"welcome.{language}.mp4"
        encode(frames(scene, language), sound, target)
        size = target.stat().st_size
        sys.stdout.write(f"{target.name}: {size / 1000:.0f} kB\n")
        if size > MAX_BYTES:
            sys.exit(f"{target.name} is larger than {MAX_BYTES / 1000:.0f} kB")


if __name__ == "__main__":
    main()
