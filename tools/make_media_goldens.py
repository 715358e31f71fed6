#!/usr/bin/env python3
"""Writes src/media/testdata: small files in every format that hone reads, and what Pillow, NumPy, OpenCV
and SciPy make of them, as .npy files.

    image/NAME.EXT with image/NAME.npy     Pillow: exif_transpose, convert("RGB"); 16 bits: the upper byte
    image/bad/*                            files that must be refused
    npy/*                                  arrays with their twin of the same content in the plainest form
    resize/*                               of resize/source.npy, by Pillow and OpenCV
    sound/*                                sounds, and SciPy's resampling of them
    fuzz/corpus/{npy,image,sound}          what the fuzzers start from

Made with numpy 2.4.6, pillow 13.0.0, scipy 1.17.1, opencv-python-headless 5.0.0.93, soundfile 0.14.0:
    pip install numpy==2.4.6 pillow==13.0.0 scipy==1.17.1 opencv-python-headless==5.0.0.93 soundfile==0.14.0
    python tools/make_media_goldens.py
"""
import io
import pathlib
import shutil
import struct
import zlib

import cv2
import numpy as np
import scipy.signal
import soundfile
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "src/media/testdata"
CORPUS = ROOT / "fuzz/corpus"


def picture(width, height, seed=1):
    """Soft colors, a hard edge and some noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [128 + 100 * np.sin(x / 5 + y / 9), 255 * x / width, 255 * y / height]
    image = np.stack(planes, axis=2)
    image[height // 3:height // 2, width // 4:width // 2] = [250, 20, 40]
    image += np.random.default_rng(seed).normal(0, 6, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def png_chunk(name, content):
    crc = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def png(width, height, depth, color, rows, interlace=0, extra=b""):
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + extra +
            png_chunk(b"IDAT", zlib.compress(rows, 9)) + png_chunk(b"IEND", b""))


def adam7(rgb):
    """Pillow writes no interlaced files."""
    rows = b""
    for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                         (0, 1, 1, 2)]:
        for row in rgb[y::dy, x::dx]:
            if row.size:
                rows += b"\0" + row.tobytes()
    return png(rgb.shape[1], rgb.shape[0], 8, 2, rows, interlace=1)


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def image_files():
    rgb = picture(29, 21)
    image = Image.fromarray(rgb)
    gray = image.convert("L")
    alpha = image.copy()
    alpha.putalpha(gray)
    palette = image.quantize(16)

    def save(name, picture_, **options):
        picture_.save(OUT / "image" / name, **options)

    save("rgb_420.jpg", image, quality=85)
    save("rgb_444.jpg", image, quality=95, subsampling=0)
    save("gray.jpg", gray, quality=90)
    save("progressive.jpg", image, quality=85, progressive=True)
    save("cmyk.jpg", image.convert("CMYK"), quality=95)
    for orientation in range(1, 9):
        save(f"turned_{orientation}.jpg", image.crop((0, 0, 16, 8)), quality=90, exif=exif(orientation))
    save("rgb.png", image)
    save("alpha.png", alpha)
    save("gray.png", gray)
    save("gray_alpha.png", alpha.convert("LA"))
    save("bits_1.png", gray.convert("1"))
    save("palette.png", palette)
    save("palette_clear.png", palette, transparency=3)
    save("turned.png", image, exif=exif(6))
    (OUT / "image/interlaced.png").write_bytes(adam7(rgb))
    save("lossless.webp", image, lossless=True)
    save("lossy.webp", image, quality=80)
    save("alpha.webp", alpha, lossless=True, exact=True)
    save("turned.webp", image, lossless=True, exif=exif(8))
    save("rgb.bmp", image)
    save("palette.bmp", palette)
    save("bits_1.bmp", gray.convert("1"))
    save("alpha.bmp", alpha)
    save("rgb.ppm", image)
    save("gray.pgm", gray)
    for path in sorted((OUT / "image").iterdir()):
        if path.suffix == ".npy" or path.is_dir():
            continue
        with Image.open(path) as opened:
            np.save(path.with_suffix(path.suffix + ".npy"), np.asarray(ImageOps.exif_transpose(opened).convert("RGB")))

    deep = np.random.default_rng(2).integers(0, 65536, (5, 7, 3))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    (OUT / "image/bits_16.png").write_bytes(png(7, 5, 16, 2, rows))
    np.save(OUT / "image/bits_16.png.npy", (deep >> 8).astype(np.uint8))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep[:, :, 0])
    (OUT / "image/gray_16.png").write_bytes(png(7, 5, 16, 0, rows))
    np.save(OUT / "image/gray_16.png.npy", np.repeat((deep[:, :, :1] >> 8).astype(np.uint8), 3, axis=2))
    (OUT / "image/text.ppm").write_text("P3\n# a comment\n2 2 15\n15 0 0  0 15 0\n0 0 15  7 7 7\n")
    np.save(OUT / "image/text.ppm.npy", np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [119, 119, 119]]], np.uint8))
    bad_images(image)


def scan_bomb(jpeg, scans):
    """A progressive file with its last scan many times over."""
    at = jpeg.rindex(b"\xff\xda")
    return jpeg[:at] + jpeg[at:-2] * scans + b"\xff\xd9"


def bad_images(image):
    bad = OUT / "image/bad"
    bad.mkdir()
    for kind, options in {"jpg": {}, "png": {}, "webp": {"lossless": True}, "bmp": {}, "ppm": {}}.items():
        file = io.BytesIO()
        image.save(file, {"jpg": "jpeg"}.get(kind, kind), **options)
        (bad / f"short.{kind}").write_bytes(file.getvalue()[:len(file.getvalue()) * 2 // 3])
    file = io.BytesIO()
    image.save(file, "jpeg", progressive=True)
    (bad / "scans.jpg").write_bytes(scan_bomb(file.getvalue(), 600))
    # Headers that promise far more than they hold.
    (bad / "huge.png").write_bytes(png(60000, 60000, 8, 2, b"\0" * 1000))
    file = io.BytesIO()
    image.save(file, "jpeg")
    jpeg = bytearray(file.getvalue())
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5:at + 9] = struct.pack(">HH", 65000, 65000)
    (bad / "huge.jpg").write_bytes(jpeg)
    (bad / "huge.ppm").write_bytes(b"P6 60000 60000 255\n" + b"\0" * 100)
    (bad / "huge.bmp").write_bytes(b"BM" + struct.pack("<IIIIiiHHIIIIII", 0, 0, 54, 40, 60000, 60000, 1, 24, 0, 0,
                                                        0, 0, 0, 0) + b"\0" * 100)
    frames = [image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    frames[0].save(bad / "animation.webp", save_all=True, append_images=frames[1:], lossless=True)
    image.quantize(4).save(bad / "picture.gif")


def npy_files():
    folder = OUT / "npy"
    values = (np.arange(24) * 7 + 3).reshape(2, 3, 4) % 100
    for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        np.save(folder / f"{code}.npy", values.astype("<" + code))
        np.save(folder / f"{code}_big_fortran.npy", np.asfortranarray(values.astype(">" + code)))
    np.save(folder / "b1.npy", values > 50)
    np.save(folder / "b1_big_fortran.npy", np.asfortranarray(values > 50))
    np.save(folder / "scalar.npy", np.float32(1.5))
    np.save(folder / "empty.npy", np.zeros((3, 0, 2), np.int16))
    for major, minor in [(2, 0), (3, 0)]:
        with open(folder / f"version_{major}.npy", "wb") as file:
            np.lib.format.write_array(file, values.astype("<f4"), version=(major, minor))
    np.save(folder / "complex.npy", np.zeros(3, np.complex64))
    np.save(folder / "fields.npy", np.zeros(3, [("a", "<f4"), ("b", "<i4")]))
    np.save(folder / "text.npy", np.array(["a", "bc"]))


def resize_files():
    folder = OUT / "resize"
    source = picture(61, 43, seed=4)
    np.save(folder / "source.npy", source)
    image = Image.fromarray(source)
    np.save(folder / "gray.npy", np.asarray(image.convert("L")))
    for width, height in [(24, 17), (7, 60), (80, 50), (13, 43)]:
        size = f"{width}x{height}"
        for name in ["nearest", "bilinear", "bicubic"]:
            resized = image.resize((width, height), Image.Resampling[name.upper()])
            np.save(folder / f"{name}_{size}.npy", np.asarray(resized))
        np.save(folder / f"opencv_bilinear_{size}.npy", cv2.resize(source, (width, height)))
    plane = source[:, :, 0].astype(np.float32) / 256
    np.save(folder / "plane.npy", plane)
    np.save(folder / "plane_80x50.npy", cv2.resize(plane, (80, 50)))
    quad = np.array([[10, 5], [50, 12], [47, 39], [6, 30]], np.float32)
    corners = np.array([[0, 0], [48, 0], [48, 24], [0, 24]], np.float32)
    straight = cv2.warpPerspective(source, cv2.getPerspectiveTransform(quad, corners), (48, 24),
                                   flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    np.save(folder / "straight_48x24.npy", straight)


def voice(rate, seconds, highest):
    """A band-limited mixture of tones with a soft start and end."""
    t = np.arange(int(rate * seconds)) / rate
    rng = np.random.default_rng(5)
    tones = sum(np.sin(2 * np.pi * (f * t + rng.random())) for f in rng.uniform(0.02, 1, 12) * highest)
    return tones / 12 * scipy.signal.windows.tukey(t.size, 0.2)


def polyphase(samples, up, down):
    """resample_poly with a window far steeper than its own."""
    top = max(up, down)
    window = scipy.signal.firwin(2 * 120 * top + 1, 0.96 / top, window=("kaiser", 12))
    return scipy.signal.resample_poly(samples, up, down, window=window)


def sound_files():
    folder = OUT / "sound"
    for source, target in [(44100, 16000), (48000, 16000), (8000, 16000), (16000, 22050), (22050, 16000)]:
        divisor = np.gcd(source, target)
        samples = voice(source, 0.05, 0.4 * min(source, target))
        np.save(folder / f"{source}.npy", samples.astype(np.float32))
        resampled = polyphase(samples, target // divisor, source // divisor)
        np.save(folder / f"{source}_to_{target}.npy", resampled.astype(np.float32))

    rate = 16000
    stereo = np.stack([voice(rate, 0.05, 3000), 0.5 * voice(rate, 0.05, 1000)], axis=1)
    for name, format_, kind in [("s16.wav", "WAV", "PCM_16"), ("s24.wav", "WAV", "PCM_24"), ("s32.wav", "WAV", "PCM_32"),
                                ("u8.wav", "WAV", "PCM_U8"), ("f32.wav", "WAV", "FLOAT"), ("alaw.wav", "WAV", "ALAW"),
                                ("extended.wav", "WAVEX", "PCM_16"), ("s16.flac", "FLAC", "PCM_16"),
                                ("s16.aiff", "AIFF", "PCM_16"), ("vorbis.ogg", "OGG", "VORBIS"),
                                ("opus.ogg", "OGG", "OPUS"), ("layer3.mp3", "MP3", "MPEG_LAYER_III")]:
        path = folder / name
        with open(path, "wb") as file:
            soundfile.write(file, stereo, rate, kind, format=format_)
        np.save(folder / f"{name}.npy", soundfile.read(path, dtype="float32")[0].mean(axis=1))


def corpora():
    """Small ones of each kind for the fuzzers."""
    for name, patterns in {"npy": ["npy/f4_big_fortran.npy", "npy/b1.npy", "npy/version_3.npy", "npy/fields.npy"],
                           "image": ["image/turned_6.jpg", "image/progressive.jpg", "image/cmyk.jpg",
                                     "image/palette_clear.png", "image/interlaced.png", "image/turned.webp",
                                     "image/lossy.webp", "image/palette.bmp", "image/rgb.ppm", "image/text.ppm"],
                           "sound": ["sound/u8.wav", "sound/extended.wav", "sound/s16.flac", "sound/vorbis.ogg",
                                     "sound/layer3.mp3", "sound/s16.aiff"]}.items():
        folder = CORPUS / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for pattern in patterns:
            shutil.copy(OUT / pattern, folder)


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for name in ["image", "npy", "resize", "sound"]:
        (OUT / name).mkdir(parents=True)
    image_files()
    npy_files()
    resize_files()
    sound_files()
    corpora()


if __name__ == "__main__":
    main()
