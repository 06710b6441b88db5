// SPDX-License-Identifier: Apache-2.0
// The program IR, the compiler's intermediate representation: a loop over steps, each a sequence of phases. A phase is
// a parallel domain (the neurons of a population, spikes × targets of a connection, the gathering of a spike list) over
// named arrays. Reads and writes are explicit, so passes can place arrays and barriers; the order of every sum is part
// of the program, so all backends compute the same bits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire {
struct PatchGeometry;  // synfire/patches.hpp
}

namespace synfire::codegen {

// ---- Expressions: typed, immutable trees.

enum class Type { boolean, i32, u32, f32, f64 };

struct ExprNode;
using Expr = std::shared_ptr<const ExprNode>;

using ArrayId = std::uint32_t;

// Operations and their meaning on every backend. Floating-point operations round to nearest even and are never
// contracted or reassociated.
enum class Operation {
  negate,
  logical_not,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  logical_and,
  logical_or,
  select,  // condition, then, otherwise: both are evaluated
  to_f32,  // of u32, i32 or f64
  to_f64,  // of f32
  to_u32,  // of f64, a whole number
  absolute,
  ceiling,
  cosine,
  exponential,
  exponential_minus_one,
  floor,
  logarithm,
  logarithm_one_plus,
  maximum,
  minimum,
  power,
  round,
  sign,
  sine,
  square_root,
  hyperbolic_tangent,
  sigmoid,
  // Of f64: row and column (u32), dt, and the n×n elements of A, row by row: an element of exp(A·dt), and of
  // φ₁ = ∫₀^dt exp(A·s) ds.
  matrix_exponential,
  matrix_phi,
};

// Values that the schedule provides.
enum class Builtin {
  element,         // u32: index of the neuron in its population
  step,            // u32: step of the example
  steps,           // u32: number of steps of this example
  loads_neurons,   // boolean: this launch continues the neuron state of an earlier one …
  loads_synapses,  // … its postsynaptic state …
  loads_readouts,  // … its accumulated readouts
  loads_spikes,    // … its spikes in flight
  is_continued,    // boolean: this launch does not begin with the first step of the example
  saves,           // boolean: this launch stores its state at the end
  recording_row,   // u32: row of this step in a recording
  readout_step,    // u32: step of the example, counted from the last restart of the readouts …
  readout_steps,   // … and their number
  // In training programs:
  learns,         // boolean: this launch has a backward pass
  opens_stretch,  // boolean: sums over earlier batches restart from 0 …
  follows_batch,  // … or add the counts of the previous batch
  is_weighted,    // boolean: losses have weights
  timesteps,      // u32: maximum number of steps of an example
  slot_example,   // u32: number of this example in its slot, from 1
  spike,          // u32, in an event phase: number of the spike in its step
  tape_place,     // u32, in an event phase: position of the spike on the tape
  tape_capacity,  // u32, in an event phase: number of entries that fit on the tape
};

enum class Distribution { uniform, normal };

struct ConstantExpr {
  double value;  // of f32: already rounded to single precision
};
// A local variable of the phase's body.
struct LocalExpr {
  std::string name;
};
struct BuiltinExpr {
  Builtin builtin;
};
// An element of an array; null `index`: the neuron's own.
struct LoadExpr {
  ArrayId array;
  Expr index;
};
struct OperationExpr {
  Operation operation;
  std::vector<Expr> operands;
};
// A draw that depends only on seed, stream, element, example, step and call site (Philox 4x32-10).
struct RandomExpr {
  Distribution distribution;
  std::uint64_t stream;     // of the population or connection: a hash of its name
  std::uint32_t call_site;  // number of 32-bit words used before it in this stream and step
};

struct ExprNode {
  std::variant<ConstantExpr, LocalExpr, BuiltinExpr, LoadExpr, OperationExpr, RandomExpr> node;
  Type type;
};

Expr constant(double value, Type type = Type::f32);
Expr local(std::string name, Type type);
Expr builtin(Builtin which);
Expr load(ArrayId array, Type type, Expr index = nullptr);
// The operation determines the type of the result. Folds constants only where no rounding can occur (logic, selects on
// constants, multiplication by one), so the result is exactly what the backends would compute.
Expr apply(Operation operation, std::vector<Expr> operands);
Expr random(Distribution distribution, std::uint64_t stream, std::uint32_t call_site);

std::string_view to_string(Operation operation);
std::string_view to_string(Type type);

// ---- Statements of a phase's body, executed once per element of its domain.

// `const type name = value`
struct Let {
  std::string name;
  Expr value;
};
// `type name = value`, assignable by Set.
struct Variable {
  std::string name;
  Expr value;
};
struct Set {
  std::string name;
  Expr value;
};
// array(index) = value; null `index`: the element's own.
struct Store {
  ArrayId array;
  Expr value;
  Expr index = nullptr;
};
// The element spikes if `spiked`, with a negative sign if `negative` (null: never). At most one per body.
struct Emit {
  std::uint32_t queue;
  Expr spiked;
  Expr negative;
};
struct Comment {
  std::string text;
};

struct If;
struct Repeat;
using Statement = std::variant<Let, Variable, Set, Store, Emit, Comment, If, Repeat>;

// Only outside the step loop, where a single branch may access memory; inside, conditionals are selects.
struct If {
  Expr condition;
  std::vector<Statement> then, otherwise;
};

// Runs `body` `count` times: sub-steps. Its locals live for one iteration; a Variable from outside carries values from
// one iteration to the next.
struct Repeat {
  std::string counter;  // a name that is unique in the phase
  std::uint32_t count = 1;
  std::vector<Statement> body;
};

// ---- Arrays.

// How long the contents of an array live; determines when it is reset.
enum class Lifetime { step, trial, persistent };

// Where an array is stored; decided by a pass.
enum class Storage {
  undecided,
  registers,  // cuda: each thread holds its own elements
  shared,     // cuda: shared memory of the block; host: the trial's struct
  global,     // a buffer of the artifact
};

struct Array {
  std::string name;
  Type type = Type::f32;
  std::size_t extent = 0;  // elements; of one example if it belongs to one
  Lifetime lifetime = Lifetime::trial;
  Storage storage = Storage::undecided;
  std::string comment;  // what it holds, for the generated source
  // Buffers of the artifact:
  std::optional<contract::BufferRole> role;                         // set for arrays that the runtime sees
  contract::ElementType element_type = contract::ElementType::f32;  // in memory; read and written as `type`
  Extents shape;                                                    // as the runtime sees it
  bool per_example = false;
  bool per_slot = false;  // one for each gradient slot
  std::string population, variable;
  std::shared_ptr<const std::vector<float>> values;          // of a parameter of type f32
  std::shared_ptr<const std::vector<std::uint32_t>> counts;  // of a parameter of type u32
  std::string connection;                                    // to which it belongs, if any
  std::shared_ptr<const std::vector<std::byte>> contents;    // of a parameter of any other element type
  // Trial state:
  std::optional<contract::CarriedState> carried;  // set for state that one launch can pass to the next
  bool scattered = false;                         // deliveries write elements that other threads own: not in registers
};

// Suffixes that printers append to the name of a queue; no other name in a program equals such a name.
const std::vector<std::string_view>& queue_suffixes();

// Spikes of a population that are still to be delivered: for each of the last `depth` steps the spike list (neuron
// indices in ascending order, the top bit set for negative spikes) and its length. Slot of step s: s mod depth. If a
// connection tests single neurons, a bit mask per step is kept too.
struct Queue {
  std::string name;
  std::uint32_t population = 0;
  std::uint32_t neurons = 0;
  bool is_signed = false;
  std::uint32_t oldest = 1;       // steps: the age of the oldest spikes that a connection reads
  bool list_read = false;         // some connection walks the list
  bool mask_read = false;         // some connection tests single neurons
  std::uint32_t spare_slots = 0;  // so a step's list can be written while the oldest is still read
  std::uint32_t list_depth() const { return std::max(oldest, 1u) + spare_slots; }
  // One more than the list: a step's mask is written while older ones are still read. If masks only feed the list, this
  // step's mask is enough.
  std::uint32_t mask_depth() const { return mask_read ? oldest + 1 : 1; }
  std::uint32_t mask_words() const { return (neurons + 31) / 32; }
  // In a resumable program: the lists and their lengths between launches, the latest step first.
  std::optional<ArrayId> saved_spikes, saved_counts;
  // cuda: the buffer for lists that do not fit in shared memory; decided by a pass.
  std::optional<ArrayId> workspace;
};

// ---- Phases.

// Runs `body` for each element of [0, count).
struct ElementPhase {
  std::string label;  // a comment: what it does, and to which object
  std::uint32_t count = 0;
  std::vector<Statement> body;
  bool locates = false;       // only in launches that search for non-finite values
  bool delivers = false;      // puts what graded populations send on its way
  bool reads_others = false;  // loads elements that other threads own
};

enum class Pattern { dense, one_to_one, rows, procedural, kernel, window };

std::string_view to_string(Pattern pattern);
// Whether deliveries of this pattern accumulate, so the reader must reset the sum to 0.
constexpr bool accumulates(Pattern pattern) {
  return pattern == Pattern::rows || pattern == Pattern::procedural || pattern == Pattern::kernel;
}

struct Synapses;       // lower/pattern.hpp
struct SynapseRecipe;  // program/synapse_recipe.hpp

// The synapses of a connection, stored individually, source by source. Those of one source are cut into tiles by the
// owner of the target; within a tile targets ascend, and no two synapses of a source have the same target and delay.
struct Rows {
  std::shared_ptr<Synapses> synapses;  // as drawn, until a pass lays them out and fills in the rest
  std::uint32_t tiles = 1;
  ArrayId offsets = 0;            // u32, sources × tiles + 1: where the synapses of a source and tile begin
  ArrayId targets = 0;            // u16 or u32
  std::optional<ArrayId> delays;  // u8 or u16, steps beyond DeliverPhase::age
  // Of trained delays: f32, ms, those in steps are computed from them after each update.
  std::optional<ArrayId> trained_delays = {};
};

// Adds the weights of the spikes that occurred `age` steps ago, in the order of the list; negative spikes subtract
// theirs. At age 0 it comes after the phase that makes the list of this step.
//   dense, one_to_one:   arriving[target] = the sum, from 0
//   window:              arriving[target] = the weight if a source of the target's window is in the list, else 0
//   rows, procedural:   arriving[slot][target] += weight, where slot belongs to the step in which the synapse's own
//                        delay ends; the reader resets the sum of a step to 0. So sums are in the order of emission,
//                        then of the list
//   kernel:              the same with a ring of one slot; `patches` has the targets of a source and their weights
struct DeliverPhase {
  std::string label;
  std::uint32_t queue = 0;
  std::uint32_t age = 1;  // steps: the latency and the shortest delay
  Pattern pattern = Pattern::dense;
  std::uint32_t sources = 0, targets = 0;
  std::optional<ArrayId> weights;  // sources × targets, one per neuron or synapse, or a kernel
  float weight = 0;                // of all synapses, if there is no array
  ArrayId arriving = 0;
  std::uint32_t ring_depth = 1;  // slots of `arriving`: one more than the longest delay of a synapse beyond `age`
  std::uint32_t connection = 0;  // index in Program::connections
  Rows rows = {};                // of Pattern::rows
  std::shared_ptr<const SynapseRecipe> recipe;   // of Pattern::procedural
  std::shared_ptr<const PatchGeometry> patches;  // of Pattern::kernel and window
};

// Gathers the elements that spiked in this step into the queue's list, in ascending order.
struct GatherPhase {
  std::string label;
  std::uint32_t queue = 0;
};

// Copies this step's spikes from the input buffers into the queue.
struct ReplayPhase {
  std::string label;
  std::uint32_t queue = 0;
  ArrayId offsets = 0, neurons = 0;
  std::optional<ArrayId> recording;  // also marks them here
};

// Before the first step: empties the queue, or restores the spikes that an earlier launch left in flight.
struct OpenPhase {
  std::string label;
  std::uint32_t queue = 0;
};

// After the last step of a resumable program: saves the spikes in flight.
struct SavePhase {
  std::string label;
  std::uint32_t queue = 0;
};

// Before the first step: empties the delay ring of `depth` slots for `targets` neurons, or restores what an earlier
// launch left in it (`saved`: the next step first).
struct OpenRingPhase {
  std::string label;
  ArrayId ring = 0;
  std::uint32_t targets = 0, depth = 1;
  std::optional<ArrayId> saved;
};

// After the last step of a resumable program: saves the delay ring.
struct SaveRingPhase {
  std::string label;
  ArrayId ring = 0, saved = 0;
  std::uint32_t targets = 0, depth = 1;
};

// All threads of a trial wait for each other.
struct BarrierPhase {};

// ---- Phases of training programs.

// Before the first step: empties the tape.
struct OpenTapePhase {
  std::string label;
  std::uint32_t tape = 0;
};

// After this step's list is complete: appends its spikes to the tape, in order, each with its neuron's values in
// Tape::kept. Spikes that do not fit are still counted.
struct RecordPhase {
  std::string label;
  std::uint32_t tape = 0;
};

// After the last step: adds to the spike totals.
struct CloseTapePhase {
  std::string label;
  std::uint32_t tape = 0;
};

// Runs `body` for each spike of this step, with the neuron that spiked as element. A neuron spikes at most once in a
// step.
struct EventPhase {
  std::string label;
  std::uint32_t tape = 0;
  std::vector<Statement> body;
};

// The transpose of a DeliverPhase: for each spike of this step, of neuron i and with sign s, and each of its synapses,
// of weight w to neuron j, whose arrival in step n = step + age is within the example:
//   gradient[synapse] += s·lambda[n][j],  due[spike] −= s·Σ w·timing[n][j],
//   delay_gradient[synapse] −= s·w·timing[n][j] / dt
// The sum has 32 lanes: lane l adds synapses l, l + 32, … of the spike in order, from 0; then lanes l and l + 16 are
// added, l and l + 8, and so on. The rings have a slot for each step that can be read and one to write; slots of steps
// beyond the example hold 0.
// Of a window only the spike that passes it counts: that of its first neuron in the list, or, if there is none, of its
// first neuron. With a kernel, gradient[entry] += s·scale·lambda[n][j], and synapses are counted as in
// kernels/device/patch.cuh.
struct BackDeliverPhase {
  std::string label;
  std::uint32_t tape = 0;
  std::uint32_t age = 1;  // as in DeliverPhase
  Pattern pattern = Pattern::dense;
  std::uint32_t sources = 0, targets = 0;
  std::uint32_t ring_depth = 2;
  std::optional<ArrayId> gradient, lambda;  // of trained weights
  std::optional<ArrayId> timing, due;       // if the time of the spike matters
  std::optional<ArrayId> delay_gradient;    // of trained delays, which have `timing` too
  bool every = false;                       // without a gradient: for every neuron i, as if it had spiked
  bool first_due = false;                   // nothing has been added to `due` in this step yet: assigns it
  std::optional<ArrayId> weights;           // as in DeliverPhase
  float weight = 0;
  std::uint32_t connection = 0;
  Rows rows = {};
  std::shared_ptr<const PatchGeometry> patches;
  std::uint32_t spiked = 0;  // of Pattern::window: the tape of the source's spikes, also if `tape` is that of a support
};

// A number that a loss needs: from one value per element, computed by all threads that share the work, each in the same
// order; so it does not depend on their number.
struct Reduction {
  enum class Kind {
    value,    // what `body` defines, once
    sum,      // f32: from 0, in order
    largest,  // f32: from the lowest finite float
    first,    // u32: index of the first element for which `element` is true; 0 if there is none
  };
  Kind kind = Kind::value;
  std::string name = {};
  std::vector<Statement> body = {};  // for each element …
  Expr element = nullptr;            // … and its value
};

std::string_view to_string(Reduction::Kind kind);

// The loss of an output and its derivative with respect to the value of each neuron: after the last step, of the
// readout; in a step, of the output variable.
struct LossPhase {
  std::string label;
  std::uint32_t neurons = 0;
  ArrayId values = 0;              // the readout, the output variable, or the sum over the steps of a loss per step
  std::optional<ArrayId> given;    // labels or targets
  std::optional<ArrayId> weights;  // of the loss, or of that of each step; none: `values` have them already
  ArrayId losses = 0;
  std::optional<ArrayId> rest;        // set in a step: `losses` is a sum over the steps, this its rounding error
  std::optional<ArrayId> derivative;  // none: not needed
  std::vector<Reduction> reductions;  // in order; each may read those before it
  std::vector<Statement> slopes;      // for each neuron: stores its derivative
  std::vector<Statement> result;      // stores the loss
};

using Phase = std::variant<ElementPhase, DeliverPhase, GatherPhase, ReplayPhase, OpenPhase, SavePhase, OpenRingPhase,
                           SaveRingPhase, BarrierPhase, OpenTapePhase, RecordPhase, CloseTapePhase, EventPhase,
                           BackDeliverPhase, LossPhase>;

// Spikes of a population as the backward pass reads them, for one example at a time.
struct Tape {
  std::string name;  // prefix of the names of its arrays
  std::uint32_t population = 0;
  std::uint32_t queue = 0;
  std::uint32_t neurons = 0;
  bool is_signed = false;
  ArrayId offsets = 0;  // u32, timesteps + 1: where the spikes of each step begin
  ArrayId spikes = 0;   // u32: list entries
  // The spikes were given to the program and stay in the input buffers; otherwise they are recorded:
  bool given = false;
  bool of_support = false;         // of the neurons in the support of a surrogate, instead of those that spiked
  std::uint32_t number = 0;        // among recorded tapes
  std::vector<ArrayId> kept = {};  // f32, one per neuron: values of this step that a spike saves …
  std::optional<ArrayId> values;   // … on the tape: entry v·capacity + place
};

// The update of one element of a trained value. `body` reads the locals `learning_rate`, `gradient`, `value`, those of
// states and terms; it sets `value` and states.
struct OptimizerUpdate {
  std::string name;  // of the optimizer
  struct State {
    std::string local;
    float initial = 0;
  };
  struct Term {
    std::string local;
    std::string text;  // as the user wrote it
    contract::StepTerm code;
  };
  std::vector<State> states = {};
  std::vector<Term> terms = {};
  std::vector<Statement> body = {};
  float clip_value = 0, clip_norm = 0;  // 0: no limit
};

// What is added to the gradient of a trained value, and what holds for it after each update.
struct ValueRule {
  float l1 = 0, l2 = 0;                    // strengths of penalties
  bool keeps_sign = false;                 // a zero has the sign of the weight that it was
  float noise = 0;                         // standard deviation of what each batch adds
  std::uint64_t stream = 0;                // of the noise
  float max_norm = 0;                      // of the weights into each target; 0: no limit
  std::uint32_t sources = 0, targets = 0;  // of the connection, if there is a limit
  // Of rows with a limit, filled in when they are laid out: the synapses by target, each in the order of the sources,
  // and targets + 1 places where those of a target begin.
  std::optional<ArrayId> incoming, incoming_offsets;
  std::optional<ArrayId> zeros;  // a bit for each element: it stays 0
  std::optional<ArrayId> clean;  // the weights without noise, while a batch runs
  // Whether synfire_update and synfire_norm need no rule.
  bool is_plain() const { return l1 == 0 && l2 == 0 && !keeps_sign && !zeros && !clean; }
};

// The training part of a program. Examples are dealt out to gradient slots round-robin.
struct Learning {
  std::uint32_t slots = 1;
  OptimizerUpdate optimizer;
  // Weights, a parameter of a model, or initial values of a state.
  struct Value {
    ArrayId parameter = 0, gradient = 0;
    std::optional<ArrayId> state;        // of the optimizer: f32 {states, elements}
    std::string population, connection;  // whose it is: one of them is set
    std::string variable = "weight";     // as in contract::TrainedValue
    contract::OptimizerSettings settings = {};
    bool shared = false;  // one value, which the parameter repeats for each synapse or neuron
    ValueRule rule = {};
  };
  std::vector<Value> values;
  // After an update: element phases that compute what follows from trained parameters and delays. None reads what
  // another writes.
  std::vector<ElementPhase> prepare;
  std::vector<contract::TrainedOutput> outputs;
  std::vector<Tape> tapes;
  std::uint32_t recorded_tapes = 0;
  std::vector<contract::EventCounts> counts;
  std::vector<contract::LocatedVariable> located;
  std::optional<ArrayId> settings, capacities, totals, non_finite, order, halt;
  std::optional<ArrayId> squares;          // of the gradients, by chunk
  std::vector<Phase> before_examples;      // at the start of a slot
  std::vector<Phase> before, step, after;  // backward: from the last step to the first
  bool barrier_between_examples = false;   // cuda; set by a pass
  bool is_surrogate = false;
};

struct Program {
  std::string network;  // one-line summary
  double dt = 1.0;      // ms
  std::uint32_t timesteps = 0;
  bool resumable = false;
  std::vector<contract::PopulationInfo> populations;
  std::vector<contract::ConnectionInfo> connections;
  std::vector<std::string> notes;  // choices made on the user's behalf: integrators, storage
  std::vector<Array> arrays;
  std::vector<Queue> queues;
  std::vector<Phase> before;  // at the start of a trial
  std::vector<Phase> step;
  std::vector<Phase> after;  // at the end of a trial
  std::optional<ArrayId> example_steps;
  Schedule schedule = Schedule::trial;  // never automatic
  std::uint32_t threads = 0;            // cuda: of a block; set by a pass
  std::uint32_t tile = 0;               // cuda, schedule `step`: neurons of each population that a block owns
  std::uint32_t parts = 0;              // host, schedule `step`: number of parts of each population; set by a pass
  std::optional<Learning> learning;

  ArrayId add(Array array) {
    arrays.push_back(std::move(array));
    return static_cast<ArrayId>(arrays.size() - 1);
  }
};

// A listing for humans and tests; stable to the byte.
std::string to_string(const Program& program);
std::string to_string(const Expr& expression, const Program& program);

// Errors in a program: internal errors of the compiler, never the user's. Empty if there are none.
std::vector<std::string> check(const Program& program);

}  // namespace synfire::codegen
