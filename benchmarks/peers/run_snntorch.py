#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""latency_mnist and shd_like in snnTorch: surrogate gradients (fast sigmoid) and Adam."""

from common import MEMBRANE, SYNAPSE, require

require("torch", "snntorch")
import snntorch  # noqa: E402
import torch  # noqa: E402
from snntorch import surrogate  # noqa: E402

from torch_peer import TO_MEMBRANE, linear, main  # noqa: E402


class Network(torch.nn.Module):
    """Currents of all steps by one matrix product, then snntorch.Synaptic step by step, then all outputs."""

    def __init__(self, workload):
        super().__init__()
        self.input = linear(workload, "input_hidden", TO_MEMBRANE)
        self.recurrent = linear(workload, "recurrent", TO_MEMBRANE) if workload.recurrent else None
        self.output = linear(workload, "hidden_output", TO_MEMBRANE)
        self.hidden = snntorch.Synaptic(alpha=SYNAPSE, beta=MEMBRANE, threshold=1.0, reset_mechanism="zero",
                                        reset_delay=False, spike_grad=surrogate.fast_sigmoid(slope=25))
        self.readout = snntorch.Synaptic(alpha=SYNAPSE, beta=MEMBRANE, reset_mechanism="none")

    def forward(self, spikes):
        currents = self.input(spikes)
        fired = synapse = membrane = torch.zeros_like(currents[0])
        hidden = []
        for current in currents.unbind():
            if self.recurrent is not None:
                current = current + self.recurrent(fired)
            fired, synapse, membrane = self.hidden(current, synapse, membrane)
            hidden.append(fired)
        hidden = torch.stack(hidden)
        arriving = self.output(hidden)
        synapse = value = torch.zeros_like(arriving[0])
        total = torch.zeros_like(value)
        for current in arriving[:-1].unbind():  # a spike arrives in the next step
            _, synapse, value = self.readout(current, synapse, value)
            total = total + value
        return total / len(arriving), hidden


if __name__ == "__main__":
    main("snnTorch", ["snntorch"], __doc__, Network)
