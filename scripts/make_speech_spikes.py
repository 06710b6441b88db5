#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a spiking data set of spoken digits: 20 words, zero to nine and null bis neun, on 700 channels over one second.

espeak-ng speaks each utterance with a randomly drawn base voice (how a language is pronounced), variant (the speaker's
voice), rate and pitch. Test utterances have base voices and variants that do not occur in training. Each base voice
speaks both languages, one of them with its own accent. The sound is normalized in loudness, pink noise is added at SNR
dB below it, and a cochlea-like filter bank turns it into spikes:
  - 700 fourth-order gammatone filters (Slaney 1993), 80 Hz to 8 kHz, equally spaced in equivalent rectangular
    bandwidths (Glasberg and Moore 1990), with envelopes sampled every ms;
  - loudness in dB above a threshold, minus half its mean over the last 64 ms (adaptation: onsets stand out);
  - one integrate-and-fire neuron per channel, with a random initial state.

train.npz and test.npz hold spike trains in Synfire's format: `neurons` (uint32), `times` (float32, ms, whole),
`offsets` (int64: the spikes of utterance i are offsets[i] to offsets[i + 1]), `population_size` (700); also `labels`
(uint8: 0 to 9 zero to nine, 10 to 19 null bis neun, as in the Spiking Heidelberg Digits, Cramer et al. 2020) and
`speakers` (uint16, an index for base voice and variant). speech.json records how they were made. --hdf5 (needs h5py)
also writes them as train.h5 and test.h5, in the layout of those digits.

The same seed, options and version of espeak-ng give the same bits; compare the printed hash.

Usage: scripts/make_speech_spikes.py [--output FOLDER] [--seed N]   (some minutes; Debian: espeak-ng, python3-numpy)
"""
import argparse
import hashlib
import json
import multiprocessing
import pathlib
import subprocess
import sys
import time

import numpy as np

CHANNELS = 700
STEPS = 1000  # of 1 ms
SAMPLE_RATE = 22050  # of espeak-ng; one second has this many samples, so the bins of its spectrum are 1 Hz apart
LOWEST, HIGHEST = 80.0, 8000.0  # Hz, center frequencies
THRESHOLD = 0.06  # of an envelope; the whole sound has an amplitude of about 1.4
TO_SPIKE = 2000  # spike threshold of a channel, in tenths of dB · ms

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
         "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]

# The other language with an accent, in phonemes that the tables of these voices have.
GERMAN_BY_ENGLISH = ["n'Ul", "'aIns", "tsv'aI", "dr'aI", "f'i@", "f'u:nf", "z'Eks", "z'i:b@n", "'A:xt", "n'OIn"]
ENGLISH_BY_GERMAN = ["z'i:ro:", "v'an", "t'u:", "sr'i:", "f'o:", "f'aIf", "s'Iks", "s'Ev@n", "'e:t", "n'aIn"]
ENGLISH_BY_OTHERS = ["z'i:ro:", "v'an", "t'u:", "sr'i:", "f'o:", "f'aIf", "s'iks", "s'Ev@n", "'e:t", "n'aIn"]
GERMAN_BY_OTHERS = ["n'ul", "'aIns", "tsv'aI", "dr'aI", "f'i:r", "f'y:nf", "z'Eks", "z'i:b@n", "'axt", "n'OIn"]


def phonemes(words):
    return [f"[[{word}]]" for word in words]


ENGLISH = WORDS[:10] + phonemes(GERMAN_BY_ENGLISH)
GERMAN = phonemes(ENGLISH_BY_GERMAN) + WORDS[10:]
OTHERS = phonemes(ENGLISH_BY_OTHERS + GERMAN_BY_OTHERS)

# The text of a base voice for each label, and the variants, in the training and the test set.
BASES = {
    "train": {"gmw/en": ENGLISH, "gmw/en-US": ENGLISH, "gmw/en-US-nyc": ENGLISH, "gmw/en-GB-scotland": ENGLISH,
              "gmw/en-GB-x-gbcwmd": ENGLISH, "gmw/en-GB-x-rp": ENGLISH, "gmw/de": GERMAN, "gmw/lb": OTHERS,
              "gmw/af": OTHERS},
    "test": {"gmw/en-029": ENGLISH, "gmw/en-GB-x-gbclan": ENGLISH, "gmw/nl": OTHERS},
}
VARIANTS = {
    "train": ["m1", "m2", "m3", "m4", "m6", "m7", "f1", "f2", "f4", "f5", "Alex", "Alicia", "Andrea", "Annie",
              "antonio", "aunty", "benjamin", "boris", "caleb", "david", "Diogo", "ed", "edward", "Gene", "Henrique",
              "iven", "john", "kaukovalta", "Lee", "Marco", "max", "Michael", "miguel", "Mike", "pablo", "paul",
              "pedro", "quincy", "rob", "sandro", "shelby", "steph2", "travis", "zac", "anika"],
    "test": ["m5", "m8", "f3", "Andy", "linda", "Denis", "steph", "Hugo", "michel", "robert", "belinda", "victor"],
}


# Sound --------------------------------------------------------------------------------------------------------------


def espeak_version():
    try:
        done = subprocess.run(["espeak-ng", "--version"], capture_output=True, check=True, text=True)
        return done.stdout.split(" Data")[0].strip()
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit("make_speech_spikes: espeak-ng does not run; install it (Debian: espeak-ng)")


def speak(text, voice, rate, pitch):
    """Returns the sound of a word, without surrounding silence."""
    command = ["espeak-ng", "-v", voice, "-s", str(rate), "-p", str(pitch), "-z", "--stdout", text]
    sound = subprocess.run(command, capture_output=True, check=True).stdout
    samples = np.frombuffer(sound, "<i2", offset=44).astype(np.float64)  # after the header of the WAV file
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max(initial=0))
    if len(loud) < SAMPLE_RATE // 20:
        raise SystemExit(f"make_speech_spikes: espeak-ng is silent for {text!r} with voice {voice!r}")
    return samples[loud[0]:loud[-1] + 1]


def noisy_second(sound, onset, snr, rng):
    """Returns the spectrum (from 0 Hz, 1 Hz apart) of one second with the sound at a power of 1, and pink noise."""
    second = np.zeros(SAMPLE_RATE)
    part = sound[:SAMPLE_RATE - onset]
    second[onset:onset + len(part)] = part / np.sqrt(np.mean(part ** 2))
    noise = np.fft.rfft(rng.standard_normal(SAMPLE_RATE))
    noise /= np.sqrt(np.maximum(np.arange(len(noise)), 20.0))  # pink down to 20 Hz
    power = 2 * np.sum(np.abs(noise) ** 2) / SAMPLE_RATE ** 2
    return np.fft.rfft(second) + noise * np.sqrt(10 ** (-snr / 10) / power)


# The ear ------------------------------------------------------------------------------------------------------------


def center_frequencies():
    """Equally spaced in equivalent rectangular bandwidths of 24.7 (4.37 f / 1000 + 1) Hz."""
    lowest, highest = np.log1p(4.37e-3 * np.array([LOWEST, HIGHEST]))
    return np.expm1(np.linspace(lowest, highest, CHANNELS)) / 4.37e-3


def gammatone_filters():
    """Returns, for each channel, the STEPS bins of the spectrum around its center and their gains.

    A gammatone filter, moved from its center to 0 Hz, is (1 + i f / b)^-4 with b = 1.019 bandwidths. The inverse
    transform of bins from -STEPS / 2 to STEPS / 2 Hz is its output as a complex signal, sampled every ms.
    """
    centers = np.round(center_frequencies()).astype(int)
    offsets = np.fft.fftfreq(STEPS, 1 / STEPS).astype(int)
    bins = centers[:, None] + offsets
    widths = 1.019 * 24.7 * (4.37e-3 * centers + 1)
    gains = (1 + 1j * offsets / widths[:, None]) ** -4
    gains[(bins <= 0) | (bins > SAMPLE_RATE // 2)] = 0
    return np.clip(bins, 0, SAMPLE_RATE // 2), gains * (2 * STEPS / SAMPLE_RATE)


def loudness(spectrum, bins, gains):
    """Returns each channel's envelope over THRESHOLD in tenths of dB, at least 0, as integers (STEPS, CHANNELS)."""
    filtered = np.fft.ifft(spectrum[bins] * gains, axis=1)
    powers = (filtered.real ** 2 + filtered.imag ** 2) / THRESHOLD ** 2
    return np.rint(100 * np.log10(np.maximum(powers, 1.0))).astype(np.int32).T


def spikes_of(drive, rng):
    """Returns steps and channels of spikes, ordered by step. Integer arithmetic only."""
    state = rng.integers(0, TO_SPIKE, CHANNELS, dtype=np.int32)
    adaptation = np.zeros(CHANNELS, np.int32)  # 64 times the mean
    spiking = np.zeros(drive.shape, bool)
    for now, spikes in zip(np.ascontiguousarray(drive), spiking):
        state += np.maximum(now - (adaptation >> 7), 0)
        adaptation += now - (adaptation >> 6)
        np.greater_equal(state, TO_SPIKE, out=spikes)
        state *= ~spikes
    return np.divmod(np.flatnonzero(spiking), CHANNELS)


# Utterances ---------------------------------------------------------------------------------------------------------

FILTERS = None  # of a worker


def start_worker():
    global FILTERS
    FILTERS = gammatone_filters()


def utter(job):
    """Returns label, speaker, steps and channels of an utterance, all drawn from the seed, the part and its number."""
    seed, part, number, snr = job
    rng = np.random.default_rng([seed, part == "test", number])
    label = number % len(WORDS)
    bases, variants = list(BASES[part]), VARIANTS[part]
    base, variant = int(rng.integers(len(bases))), int(rng.integers(len(variants)))
    rate, pitch, onset = int(rng.integers(110, 171)), int(rng.integers(30, 71)), int(rng.integers(0, SAMPLE_RATE // 10))
    sound = speak(BASES[part][bases[base]][label], f"{bases[base]}+{variants[variant]}", rate, pitch)
    drive = loudness(noisy_second(sound, onset, snr, rng), *FILTERS)
    steps, channels = spikes_of(drive, rng)
    return label, base * len(variants) + variant, steps.astype(np.uint16), channels.astype(np.uint16)


def make(part, count, options, pool):
    """Returns the arrays of a file."""
    start = time.time()
    labels, speakers, steps, channels = [], [], [], []
    jobs = ((options.seed, part, number, options.snr) for number in range(count))
    for done, (label, speaker, when, where) in enumerate(pool.imap(utter, jobs, chunksize=8), 1):
        labels.append(label)
        speakers.append(speaker)
        steps.append(when)
        channels.append(where)
        if done % 500 == 0 or done == count:
            print(f"{part}: {done} of {count} utterances, {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    return {"neurons": np.concatenate(channels).astype(np.uint32), "times": np.concatenate(steps).astype(np.float32),
            "offsets": np.concatenate([[0], np.cumsum([len(each) for each in steps])]).astype(np.int64),
            "population_size": np.array(CHANNELS, np.int64), "labels": np.array(labels, np.uint8),
            "speakers": np.array(speakers, np.uint16)}


def digest(arrays):
    """A hash of all arrays, to tell files apart."""
    hashed = hashlib.sha256()
    for name in sorted(arrays):
        hashed.update(name.encode() + arrays[name].tobytes())
    return hashed.hexdigest()[:16]


def write_hdf5(path, arrays):
    """The layout of the Spiking Heidelberg Digits: times in seconds."""
    import h5py

    def split(values):
        return np.split(values, arrays["offsets"][1:-1])

    with h5py.File(path, "w") as file:
        count = len(arrays["labels"])
        times = file.create_dataset("spikes/times", (count,), h5py.vlen_dtype(np.float16))
        units = file.create_dataset("spikes/units", (count,), h5py.vlen_dtype(np.uint16))
        for i, (when, where) in enumerate(zip(split(arrays["times"]), split(arrays["neurons"]))):
            times[i], units[i] = (when / 1000).astype(np.float16), where.astype(np.uint16)
        file["labels"] = arrays["labels"].astype(np.uint16)
        file["extra/speaker"] = arrays["speakers"]
        file["extra/keys"] = np.array([word.replace("ü", "ue").encode() for word in WORDS])


def main():
    parser = argparse.ArgumentParser(description="Makes a spiking data set of spoken digits.")
    parser.add_argument("--output", type=pathlib.Path, default="speech", help="folder (default: speech)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train", type=int, default=6000, help="training utterances (default: 6000)")
    parser.add_argument("--test", type=int, default=2000, help="test utterances, of other voices (default: 2000)")
    parser.add_argument("--snr", type=float, default=10.0, help="level of the speech above the noise, dB (default: 10)")
    parser.add_argument("--jobs", type=int, default=0, help="processes (default: one per core)")
    parser.add_argument("--hdf5", action="store_true", help="also write HDF5 files")
    options = parser.parse_args()

    version = espeak_version()
    options.output.mkdir(parents=True, exist_ok=True)
    about = {"espeak_ng": version, "numpy": np.__version__, "seed": options.seed, "snr_db": options.snr, "words": WORDS}
    with multiprocessing.Pool(options.jobs or None, start_worker) as pool:
        for part, count in (("train", options.train), ("test", options.test)):
            arrays = make(part, count, options, pool)
            np.savez_compressed(options.output / f"{part}.npz", **arrays)
            if options.hdf5:
                write_hdf5(options.output / f"{part}.h5", arrays)
            about[part] = {"utterances": count, "spikes_per_utterance": round(len(arrays["times"]) / max(count, 1), 1),
                           "hash": digest(arrays), "base_voices": list(BASES[part]), "variants": VARIANTS[part]}
            print(f"{part}: {count} utterances, {about[part]['spikes_per_utterance']} spikes each, "
                  f"hash {about[part]['hash']}")
    (options.output / "speech.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    print(f"{version}, seed {options.seed}, speech {options.snr:g} dB over noise; in {options.output}")


if __name__ == "__main__":
    main()
