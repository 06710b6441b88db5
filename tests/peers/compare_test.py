# SPDX-License-Identifier: Apache-2.0
"""When compare.py refuses a ratio."""

import math
import unittest

import compare

SYNFIRE = {"version": "1", "workload": "latency_mnist", "mode": "train", "steps": 20, "batch": 32, "threads": 1,
           "times": {"exact": {"processor_us": 4.0}, "triangle": {"processor_us": 5.0}},
           "spikes": {"input": 150.0, "hidden": 130.0}}
PEER = {"peer": "Peer", "version": "2", "workload": "latency_mnist", "mode": "train", "steps": 20, "batch": 32,
        "threads": 1, "data_ready": {"processor_us": 200.0}, "including_data": {"processor_us": 220.0},
        "spikes": {"input": 150.0, "hidden": 131.0}}


class Refusal(unittest.TestCase):
    def refused(self, **changes):
        result = compare.comparison(SYNFIRE, PEER | changes, 0.02)
        self.assertEqual("refused" in result, "ratios_data_ready" not in result)
        return result.get("refused")

    def test_same_work(self):
        result = compare.comparison(SYNFIRE, PEER, 0.02)
        self.assertEqual(result["ratios_data_ready"], {"exact": 50.0, "triangle": 40.0})
        self.assertEqual(result["ratios_including_data"], {"exact": 55.0, "triangle": 44.0})

    def test_other_sizes(self):
        for what, value in (("steps", 10), ("batch", 256), ("threads", 2), ("mode", "run"), ("workload", "shd_like")):
            self.assertIn(what, self.refused(**{what: value}))

    def test_other_spikes(self):
        self.assertIsNone(self.refused(spikes={"input": 150.0, "hidden": 132.6}))
        for hidden in (132.7, 127.3, 0.0, math.nan, math.inf):
            self.assertIn("hidden", self.refused(spikes={"input": 150.0, "hidden": hidden}))
        self.assertIn("input", self.refused(spikes={"input": 75.0, "hidden": 130.0}))

    def test_spikes_that_nobody_counted(self):
        self.assertIn("hidden", self.refused(spikes={"input": 150.0}))

    def test_no_time(self):
        for time in (0.0, math.nan):
            with self.assertRaises(ValueError):
                compare.comparison(SYNFIRE, PEER | {"data_ready": {"processor_us": time}}, 0.02)

    def test_table(self):
        refused = compare.comparison(SYNFIRE, PEER | {"peer": "Other", "steps": 10}, 0.02)
        missing = {"peer": "absent", "failed": "run_absent.py: no module 'absent'"}
        same = compare.comparison(SYNFIRE, PEER | {"including_data": None}, 0.02)
        text = compare.table([{"workload": "latency_mnist", "mode": "train", "batch": 32, "synfire": SYNFIRE,
                               "peers": [same, refused, missing]}])
        self.assertIn("| Synfire 1, triangle | | 5 |", text)
        self.assertIn("| 50, – | 40, – |", text)
        self.assertIn("no ratio: steps 10, Synfire's 20", text)
        self.assertIn("no module 'absent'", text)
        rows = [line for line in text.splitlines() if line.startswith("|")]
        self.assertEqual({row.count("|") for row in rows}, {7})

    def test_table_of_one_time(self):
        synfire = SYNFIRE | {"times": {"": {"processor_us": 4.0}}}
        text = compare.table([{"workload": "latency_mnist", "mode": "run", "batch": 32, "synfire": synfire,
                               "peers": [compare.comparison(synfire, PEER, 0.02)]}])
        self.assertIn("| × Synfire: ready, included |", text)
        self.assertIn("| Synfire 1 | | 4 |", text)
        self.assertIn("| 50, 55 |", text)


if __name__ == "__main__":
    unittest.main()
