# SPDX-License-Identifier: Apache-2.0
"""The trained networks as Synfire descriptions: C-H (recurrent)-K, the output a leaky mean.

All neurons have a membrane of 20 ms driven by a current I, a threshold of 1, and synaptic currents of 5 ms.
surrogate.cpp and snntorch_gradients.py have the same dynamics.
"""
import json

import numpy as np

TAU_MEM, TAU_SYN = 20.0, 5.0
REFRACTORY = 3.0  # ms
BETA, TAU_ADAPT = 0.3, 60.0
QUADRATIC = {"a": 1.25, "b": 0.8}  # v' ~ a v (v - b): a leak of a·b = 1 at rest
REVERSAL = 3.0
HIDDEN = {"three": 64, "ten": 64, "digits": 100}


def leaky(**flags):
    return {"model": "leaky_integrate_fire", "tau_mem": TAU_MEM, **flags}


NEURONS = {
    "lif": leaky(),
    "relative": leaky(relative_reset=True),
    "held": leaky(tau_refrac=REFRACTORY),
    "flowing": leaky(tau_refrac=REFRACTORY, integrate_during_refrac=True),
    "adaptive": "adaptive",
    "quadratic": "quadratic",
    "conductance": leaky(),
    "delta": leaky(),
    "delta_current": "with_current",
}

MODELS = {
    "adaptive": {"kind": "neuron", "name": "adaptive",
                 "parameters": [{"name": "tau", "value": TAU_MEM}, {"name": "tau_a", "value": TAU_ADAPT},
                                {"name": "beta", "value": BETA}],
                 "state": [{"name": "v"}, {"name": "a"}],
                 "dynamics": ["dv/dt = (I - v) / tau", "da/dt = -a / tau_a"],
                 "threshold": "v >= 1 + beta * a", "reset": ["v = 0", "a += 1"]},
    "quadratic": {"kind": "neuron", "name": "quadratic",
                  "parameters": [{"name": "tau", "value": TAU_MEM}, {"name": "a", "value": QUADRATIC["a"]},
                                 {"name": "b", "value": QUADRATIC["b"]}],
                  "state": [{"name": "v"}],
                  "dynamics": ["dv/dt = (a * v * (v - b) + I) / tau"], "integrator": "rk4",
                  "threshold": "v >= 1", "reset": ["v = 0"]},
    "with_current": {"kind": "neuron", "name": "with_current",
                     "parameters": [{"name": "tau", "value": TAU_MEM}, {"name": "tau_i", "value": TAU_SYN}],
                     "state": [{"name": "v"}, {"name": "i"}],
                     "dynamics": ["dv/dt = (i - v) / tau", "di/dt = -i / tau_i + per_step(I)"],
                     "threshold": "v >= 1", "reset": ["v = 0"]},
    "conductance": {"kind": "synapse", "name": "conductance",
                    "parameters": [{"name": "tau", "value": TAU_SYN}, {"name": "e_rev", "value": REVERSAL}],
                    "state": [{"name": "g"}], "dynamics": ["dg/dt = -g / tau"], "on_spike": ["g += weight"],
                    "current": "g * (e_rev - v)"},
}

# Synapses of the connections input-hidden and hidden-hidden; hidden-output is exponential.
SYNAPSES = {"conductance": ("conductance", "conductance"), "delta": ("delta", "exponential"),
            "delta_current": ("delta", "delta")}

# Input weights: mean and spread, chosen so that most neurons spike initially.
INPUT_WEIGHTS = {("three", "lif"): 0.2, ("ten", "lif"): 0.2, ("digits", "lif"): 0.3,
                 "conductance": 0.1, "delta": 0.8, "quadratic": 0.2}


def initial_weights(task_name, task, network, seed):
    """The weights of all connections by name, one row per source; the same for both training methods."""
    rng = np.random.default_rng((100 if task_name == "three" else 200) + seed)
    hidden = HIDDEN[task_name]
    mean = INPUT_WEIGHTS.get(network, INPUT_WEIGHTS[task_name, "lif"])
    weights = {"input_hidden": rng.normal(mean, mean, (task.channels, hidden))}
    if task_name != "digits":
        weights["hidden_hidden"] = rng.normal(0, 0.02, (hidden, hidden))
    output = (0.1, 0.2) if task_name == "three" else (0.0, 0.3)
    weights["hidden_output"] = rng.normal(*output, (hidden, task.classes))
    return {name: w.astype(np.float32) for name, w in weights.items()}


def write_description(path, task, network, weights, dt, batch_size, frozen=()):
    """Writes `path` (.json) and the weights beside it."""
    into_hidden = SYNAPSES.get(network, ("exponential", "exponential"))
    synapses = {"input_hidden": into_hidden[0], "hidden_hidden": into_hidden[1], "hidden_output": "exponential"}
    neuron = NEURONS[network]
    used = {neuron, *synapses.values()} if isinstance(neuron, str) else set(synapses.values())
    connections = []
    for name in weights:
        source, target = name.split("_")
        kept = "frozen" if name in frozen else "trainable"
        connections.append({"name": name, "source": source, "target": target, "synapse": synapses[name],
                            "connectivity": {"type": "dense", "weight": {kept: {"tensor": f"{name}.weight"}}}})
    document = {
        "format": "synfire-network", "version": 1, "tensors": path.with_suffix(".npz").name,
        "models": [model for name, model in MODELS.items() if name in used],
        "defaults": {"leaky_integrate_fire": {"relative_reset": False, "integrate_during_refrac": False,
                                              "scale_i": True},
                     "leaky_integrate": {"scale_i": True}, "exponential": {"scale_i": True}},
        "populations": [{"name": "input", "shape": task.channels, "neuron": "spike_input"},
                        {"name": "hidden", "shape": len(weights["hidden_output"]), "neuron": neuron},
                        {"name": "output", "shape": task.classes, "neuron": "leaky_integrate", "readout": "avg_var"}],
        "connections": connections,
        "compile": {"compiler": "event_prop", "timesteps": round(task.duration / dt), "dt": dt, "nominal_dt": 1.0,
                    "batch_size": batch_size, "seed": 1, "losses": "sparse_categorical_crossentropy",
                    "allow_arrival_only": network == "delta", "optimizer": {"type": "adam", "learning_rate": 0.001}},
    }
    np.savez(path.with_suffix(".npz"), **{f"{name}.weight": w.astype(np.float32) for name, w in weights.items()})
    path.write_text(json.dumps(document, indent=1))


def read_weights(path):
    """The weights of a description written by Synfire, by connection."""
    document = json.loads(path.read_text())
    tensors = np.load(path.parent / document["tensors"]) if "tensors" in document else {}
    found = {}
    for connection in document["connections"]:
        weight = connection["connectivity"]["weight"]
        while isinstance(weight, dict) and "tensor" not in weight:
            weight = weight.get("trainable", weight.get("frozen"))
        found[connection["name"]] = tensors[weight["tensor"]]
    return found
