#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""latency_mnist and shd_like in Norse: surrogate gradients (SuperSpike) and Adam."""

from common import MEMBRANE, SYNAPSE, require

require("torch", "norse")
import norse.torch as norse  # noqa: E402
import torch  # noqa: E402

from torch_peer import TO_MEAN, linear, main, parameter  # noqa: E402

# Norse uses Euler steps: these rates make them equal to the exact decay.
RATES = {"tau_syn_inv": torch.tensor(1 - SYNAPSE), "tau_mem_inv": torch.tensor(1 - MEMBRANE)}


class Network(torch.nn.Module):
    """Currents of all steps by one matrix product into norse.LIF or norse.LIFRecurrent; norse.LI for the outputs."""

    def __init__(self, workload):
        super().__init__()
        parameters = norse.LIFParameters(**RATES, v_th=torch.tensor(1.0), alpha=torch.tensor(100.0))
        self.recurrent = workload.recurrent
        if self.recurrent:
            self.hidden = norse.LIFRecurrent(
                workload.inputs, workload.weight("recurrent").shape[0], p=parameters, dt=1.0, autapses=True,
                input_weights=parameter(workload, "input_hidden", TO_MEAN),
                recurrent_weights=parameter(workload, "recurrent", TO_MEAN))
        else:
            self.input = linear(workload, "input_hidden", TO_MEAN)
            self.hidden = norse.LIF(p=parameters, dt=1.0)
        self.output = linear(workload, "hidden_output", TO_MEAN)
        self.readout = norse.LI(p=norse.LIParameters(**RATES), dt=1.0)

    def forward(self, spikes):
        hidden, _ = self.hidden(spikes if self.recurrent else self.input(spikes))
        values, _ = self.readout(self.output(hidden[:-1]))  # a spike arrives in the next step
        return values.sum(0) / len(spikes), hidden


if __name__ == "__main__":
    main("Norse", ["norse"], __doc__, Network)
