#!/usr/bin/env python3
"""Writes src/tasks/testdata/mel.golden: MFCCs and mel spectra of a made-up sound, by NumPy and SciPy after the
definitions of tf.signal (stft, linear_to_mel_weight_matrix, mfccs_from_log_mel_spectrograms).

    pip install numpy==2.4.6 scipy==1.17.1
    python tools/make_keyword_goldens.py
    python tools/make_keyword_goldens.py MODEL.tflite SOUND.wav ...    what LiteRT makes of real ones
"""
import pathlib
import sys
import wave

import numpy as np
import scipy.fft
import scipy.signal

import golden_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/tasks/testdata/mel.golden"


def mel_matrix(bands, bins, rate, least, most):
    def mel(hz):
        return 2595 * np.log10(1 + hz / 700)
    edges = np.linspace(mel(least), mel(most), bands + 2)
    at = mel(np.linspace(0, rate / 2, bins))
    rising = (at[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - at[:, None]) / (edges[2:] - edges[1:-1])
    matrix = np.maximum(0, np.minimum(rising, falling))
    matrix[0] = 0
    return matrix


def log_mel(samples, rate, window, hop, transform, bands, least, most, floor):
    hann = scipy.signal.get_window("hann", window)  # periodic
    starts = range(0, len(samples) - window + 1, hop)
    frames = np.stack([samples[s:s + window] * hann for s in starts])
    spectra = np.abs(scipy.fft.rfft(frames, transform))
    return np.log(spectra @ mel_matrix(bands, transform // 2 + 1, rate, least, most) + floor)


def mfcc(logs, count):
    return scipy.fft.dct(logs, type=2, norm="ortho")[:, :count] * np.where(np.arange(count) == 0, np.sqrt(2), 1)


def sound(count, rate):
    rng = np.random.default_rng(5)
    t = np.arange(count) / rate
    chirp = np.sin(2 * np.pi * (200 * t + 6000 * t * t)) * np.exp(-3 * t)
    return np.round((0.5 * chirp + rng.normal(0, 0.02, count)) * 16384) / 32768


def listen(model, paths):
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=model)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    for path in paths:
        with wave.open(path) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")[:16000].astype(np.float64)
        samples = np.pad(samples / samples.max(), (0, 16000 - len(samples)))
        features = mfcc(log_mel(samples, 16000, 480, 320, 512, 40, 20, 4000, 1e-6), 10)
        interpreter.set_tensor(taken["index"], features.reshape(taken["shape"]).astype(np.float32))
        interpreter.invoke()
        answer = interpreter.get_tensor(given["index"])[0]
        print(path, int(answer.argmax()), np.round(np.sort(answer)[::-1][:3], 5))


def main():
    if len(sys.argv) > 1:
        return listen(sys.argv[1], sys.argv[2:])
    rate = 16000
    samples = sound(3000, rate)
    kws = log_mel(samples, rate, 480, 320, 512, 40, 20, 4000, 1e-6)
    other = log_mel(samples, rate, 400, 160, 400, 23, 0, 8000, 1e-3)
    golden_file.write(OUT, {
        "made_by": "tools/make_keyword_goldens.py with numpy 2.4.6 and scipy 1.17.1",
        "samples": np.round(samples * 32768).astype(np.int32),
        "kws.mfcc": mfcc(kws, 10).astype(np.float32),
        "kws.logs": kws.astype(np.float32),
        "other.logs": other.astype(np.float32)})


if __name__ == "__main__":
    main()
