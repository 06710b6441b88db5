#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""latency_mnist and shd_like in SpikingJelly: surrogate gradients (arc tangent) and Adam."""

from common import MEMBRANE, SYNAPSE, require

require("torch", "spikingjelly")
import torch  # noqa: E402
from spikingjelly.activation_based import functional, neuron, surrogate  # noqa: E402

from torch_peer import TO_MEMBRANE, linear, main  # noqa: E402


def node(threshold):
    return neuron.CUBALIFNode(c_decay=SYNAPSE, v_decay=MEMBRANE, v_threshold=threshold, v_reset=0.0,
                              surrogate_function=surrogate.ATan())


class Network(torch.nn.Module):
    """Currents of all steps by one matrix product into CUBALIFNode; outputs are its subthreshold membranes."""

    def __init__(self, workload):
        super().__init__()
        self.input = linear(workload, "input_hidden", TO_MEMBRANE)
        self.recurrent = linear(workload, "recurrent", TO_MEMBRANE) if workload.recurrent else None
        self.hidden = node(1.0)
        self.output = linear(workload, "hidden_output", TO_MEMBRANE)

    def forward(self, spikes):
        functional.reset_net(self)
        currents = self.input(spikes)
        fired = torch.zeros_like(currents[0])
        hidden = []
        for current in currents.unbind():
            if self.recurrent is not None:
                current = current + self.recurrent(fired)
            fired = self.hidden(current)
            hidden.append(fired)
        hidden = torch.stack(hidden)
        arriving = self.output(hidden)
        synapse = value = torch.zeros_like(arriving[0])
        total = torch.zeros_like(value)
        for current in arriving[:-1].unbind():  # a spike arrives in the next step
            synapse = SYNAPSE * synapse + current
            value = MEMBRANE * value + synapse
            total = total + value
        return total / len(arriving), hidden


if __name__ == "__main__":
    main("SpikingJelly", ["spikingjelly"], __doc__, Network)
