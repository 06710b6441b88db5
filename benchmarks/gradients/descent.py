# SPDX-License-Identifier: Apache-2.0
"""Measures how far the loss falls along Synfire's gradient and along the surrogate gradient, at several states of
training.

    python3 descent.py --build ../../build/release --out out --task three --dt 1 --networks lif

States: the start, and after 5, 20 and 60 epochs of `synfire train` with seed 0, the output's weights frozen. Each
direction is the gradient of the mean loss over all training examples, of each tensor of hidden weights divided by its
root mean square; the step is 1e-3 of it. Since the loss of a spiking network is rough, it is averaged over 40
antithetic pairs of weights that differ from the state's by normal noise of standard deviation 5e-3; both directions use
the same noise. Falls are in units of 1e-3; the standard error is that of the ratio's numerator over pairs, relative to
the denominator.
"""
import numpy as np

import common
import networks
from surrogate import Surrogate

SPREAD, STEP, PAIRS = 5e-3, 1e-3, 40
EPOCHS = (0, 5, 20, 60)


def normalized(gradients, names):
    return {name: gradients[name] / max(np.sqrt((gradients[name].astype(float)**2).mean()), 1e-30) for name in names}


def falls(surrogate, weights, directions, seed):
    """For each direction and pair: the loss before the step minus the loss after it."""
    rng = np.random.default_rng(seed)
    names = [name for name in weights if name != "hidden_output"]
    result = np.zeros((len(directions), PAIRS))
    for pair in range(PAIRS):
        noise = {name: SPREAD * rng.normal(size=weights[name].shape) for name in names}
        for sign in (1, -1):
            near = {name: w + sign * noise[name] if name in noise else w for name, w in weights.items()}
            before = surrogate.run(near)[0][0]
            for i, direction in enumerate(directions):
                after = {name: near[name] - STEP * direction[name] if name in direction else near[name]
                         for name in near}
                result[i, pair] += (before - surrogate.run(after)[0][0]) / 2
    return result


def report(arguments, task, network, dt):
    hidden = networks.HIDDEN[arguments.task]
    surrogate = Surrogate(arguments.out, network, task, "train", hidden, dt)
    start = networks.initial_weights(arguments.task, task, network, 0)
    for epochs in arguments.states:
        weights = start
        if epochs:
            weights, _, _ = common.train(arguments, task, network, start, dt, epochs, arguments.rate, 0,
                                         ("hidden_output",))
        program = common.batch_gradients(arguments, task, network, weights, dt)
        score, gradient = surrogate.run(weights, gradients=True)
        names = [name for name in weights if name != "hidden_output"]
        directions = [normalized(program, names), normalized(gradient, names)]
        cosine = np.mean([(directions[0][n] * directions[1][n]).mean() for n in names])
        fall = falls(surrogate, weights, directions, 1)
        ours, theirs = fall.mean(1)
        error = (fall[0] - fall[0].mean()).std(ddof=1) / np.sqrt(PAIRS) / abs(theirs)
        print(f"{arguments.task:6} {network:13} {dt:4g} after {epochs:3}  "
              f"loss {program['loss'][0]:.4f} (copy {score[0]:.4f})  spikes {score[2]:6.1f}  "
              f"fall synfire {1e3 * ours:8.4f} surrogate {1e3 * theirs:8.4f}  "
              f"ratio {ours / theirs:6.2f} +- {error:.2f}  cosine {cosine:.2f}", flush=True)


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--task", default="three", choices=common.TASKS)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--states", type=int, nargs="+", default=EPOCHS, help="epochs")
    arguments = parser.parse_args()
    task = common.TASKS[arguments.task]()
    for dt in arguments.dt:
        for network in arguments.networks:
            report(arguments, task, network, dt)


if __name__ == "__main__":
    main()
