// SPDX-License-Identifier: Apache-2.0
// The program IR, the middle of the compiler: a loop over steps of phases. A phase is a parallel domain (the neurons of a
// population, spikes × targets of a connection, the gathering of a spike list) over named arrays. Reads and writes are
// explicit, so passes can place arrays and barriers; every sum has an order that belongs to the program, so that all
// backends compute the same bits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::codegen {

// ---- Expressions: typed, immutable trees.

enum class Type { boolean, i32, u32, f32 };

struct ExprNode;
using Expr = std::shared_ptr<const ExprNode>;

using ArrayId = std::uint32_t;

// Operations and their meaning on every backend. Floating-point operations round to nearest even and are never contracted
// or reassociated.
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
  to_f32,  // of u32 or i32
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
};

// Values that the schedule knows.
enum class Builtin {
  element,         // u32: index of the neuron in its population
  step,            // u32: step of the example
  steps,           // u32: number of steps of this example
  loads_neurons,   // boolean: this launch continues the neuron state of an earlier one …
  loads_synapses,  // … its postsynaptic state …
  loads_readouts,  // … its accumulated readouts
  loads_spikes,    // … its spikes in flight
  saves,           // boolean: this launch stores its state at the end
  recording_row,   // u32: row of a recording that this step has
  // Of programs that learn:
  learns,         // boolean: this launch has a backward pass
  opens_stretch,  // boolean: sums over earlier batches begin anew …
  follows_batch,  // … or take the counts of the batch before this one
  timesteps,      // u32: the most steps of an example
  slot_example,   // u32: which example of its slot this is, from 1
  spike,          // u32: of an event phase: number of the spike in its step
  tape_place,     // u32: of an event phase: where the spike is on the tape
  tape_capacity,  // u32: of an event phase: entries that the tape has room for
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
// An element of an array: of the neuron's own where `index` is null.
struct LoadExpr {
  ArrayId array;
  Expr index;
};
struct OperationExpr {
  Operation operation;
  std::vector<Expr> operands;
};
// A draw that depends on seed, stream, element, example, step and call site alone (Philox 4x32-10).
struct RandomExpr {
  Distribution distribution;
  std::uint64_t stream;     // of the population or connection: a hash of its name
  std::uint32_t call_site;  // counts the 32-bit words used before it in this stream and step
};

struct ExprNode {
  std::variant<ConstantExpr, LocalExpr, BuiltinExpr, LoadExpr, OperationExpr, RandomExpr> node;
  Type type;
};

Expr constant(double value, Type type = Type::f32);
Expr local(std::string name, Type type);
Expr builtin(Builtin which);
Expr load(ArrayId array, Type type, Expr index = nullptr);
// Type of the result follows from the operation; folds constants exactly as the backends would compute them only where no
// rounding can occur (logic, selects on constants, multiplication by one).
Expr apply(Operation operation, std::vector<Expr> operands);
Expr random(Distribution distribution, std::uint64_t stream, std::uint32_t call_site);

inline Expr operator_node(Operation operation, Expr a, Expr b) {
  return apply(operation, {std::move(a), std::move(b)});
}

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
// array(index) = value; the element's own where `index` is null.
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

// Only outside the step loop, where memory may be touched on one side alone; inside, choices are selects.
struct If {
  Expr condition;
  std::vector<Statement> then, otherwise;
};

// Does `body` `count` times: sub-steps. Its locals live for one turn; what goes on from turn to turn is a Variable from
// outside.
struct Repeat {
  std::string counter;  // a name that nothing else in the phase has
  std::uint32_t count = 1;
  std::vector<Statement> body;
};

// ---- Arrays.

// How long the contents of an array live; resets follow from it.
enum class Lifetime { step, trial, persistent };

// Where an array lies; a pass decides.
enum class Storage {
  undecided,
  registers,  // cuda: each thread holds its own elements
  shared,     // cuda: shared memory of the block; host: the trial's structure
  global,     // a buffer of the artifact
};

struct Array {
  std::string name;
  Type type = Type::f32;
  std::size_t extent = 0;  // elements; of one example where it belongs to one
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
  std::string connection;                                    // that it belongs to, if any
  std::shared_ptr<const std::vector<std::byte>> contents;    // of a parameter of any other element type
  // Trial state:
  std::optional<contract::CarriedState> carried;  // set for state that one launch can hand to the next
  bool scattered = false;                         // deliveries write elements that other threads own: not in registers
};

// What printers append to the name of a queue; nothing else in a program is called so.
const std::vector<std::string_view>& queue_suffixes();

// Spikes of a population that are still to be delivered: for each of the last `depth` steps a list of neuron indices in
// ascending order (the top bit set for negative spikes) and its length. Slot of step s: s mod depth. Where a connection
// asks for single neurons, a bit mask per step is kept too.
struct Queue {
  std::string name;
  std::uint32_t population = 0;
  std::uint32_t neurons = 0;
  bool is_signed = false;
  std::uint32_t longest_delay = 0;  // steps, of the connections that read it
  bool list_read = false;           // some connection walks the list
  bool mask_read = false;           // some connection asks for single neurons
  std::uint32_t spare_slots = 0;    // so that a step's list can be written while the oldest is still read
  std::uint32_t list_depth() const { return longest_delay + 1 + spare_slots; }
  // One more than the list: a step's mask is written while older ones are still read. Where only the list is gathered
  // from it, the mask of this step is enough.
  std::uint32_t mask_depth() const { return mask_read ? longest_delay + 2 : 1; }
  std::uint32_t mask_words() const { return (neurons + 31) / 32; }
  // Of a resumable program: the lists and their lengths between launches, the latest step first.
  std::optional<ArrayId> saved_spikes, saved_counts;
  // cuda: where the lists lie when shared memory does not hold them; decided by a pass.
  std::optional<ArrayId> workspace;
};

// ---- Phases.

// Runs `body` for each element of [0, count).
struct ElementPhase {
  std::string label;  // a comment: what it does, of which object
  std::uint32_t count = 0;
  std::vector<Statement> body;
  bool locates = false;  // only in launches that look for values that are not finite
};

enum class Pattern { dense, one_to_one, rows, procedural };

std::string_view to_string(Pattern pattern);
// Whether deliveries of this pattern add to what is there, so that whoever takes it must leave 0.
constexpr bool accumulates(Pattern pattern) { return pattern == Pattern::rows || pattern == Pattern::procedural; }

struct Synapses;       // lower/pattern.hpp
struct SynapseRecipe;  // program/synapse_recipe.hpp

// The synapses of a connection that lie in memory one by one, source by source. Those of one source are cut into tiles by
// who owns the target; within a tile targets ascend, and no two synapses of a source have the same target and delay.
struct Rows {
  std::shared_ptr<Synapses> synapses;  // as drawn, until a pass has laid them out and filled in the rest
  std::uint32_t tiles = 1;
  ArrayId offsets = 0;            // u32, sources × tiles + 1: where the synapses of a source and tile begin
  ArrayId targets = 0;            // u16 or u32
  std::optional<ArrayId> delays;  // u8 or u16, steps beyond DeliverPhase::delay
};

// Adds the weights of the spikes that arrive in this step, in the order of the list; negative spikes subtract theirs.
//   dense, one_to_one:   arriving[target] = the sum, from 0
//   rows, procedural:   arriving[slot][target] += weight, where slot is that of the step in which the synapse's own delay is
//                        over; whoever takes what arrived in a step leaves 0. So a sum has the order of emission, then
//                        that of the list
struct DeliverPhase {
  std::string label;
  std::uint32_t queue = 0;
  std::uint32_t delay = 0;  // steps beyond the latency of one
  Pattern pattern = Pattern::dense;
  std::uint32_t sources = 0, targets = 0;
  std::optional<ArrayId> weights;  // sources × targets, or one per neuron
  float weight = 0;                // of all synapses, where there is no array
  ArrayId arriving = 0;
  std::uint32_t ring_depth = 1;  // slots of `arriving`: one more than the longest delay of a synapse beyond `delay`
  std::uint32_t connection = 0;  // index in Program::connections
  Rows rows = {};                // of Pattern::rows
  std::shared_ptr<const SynapseRecipe> recipe;  // of Pattern::procedural
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

// Before the first step: empties the queue, or brings back what an earlier launch left in flight.
struct OpenPhase {
  std::string label;
  std::uint32_t queue = 0;
};

// After the last step of a resumable program: keeps what is in flight.
struct SavePhase {
  std::string label;
  std::uint32_t queue = 0;
};

// Before the first step: what is under way to each of `targets` neurons in a ring of `depth` slots: nothing, or what an
// earlier launch left there (`saved`: the next step first).
struct OpenRingPhase {
  std::string label;
  ArrayId ring = 0;
  std::uint32_t targets = 0, depth = 1;
  std::optional<ArrayId> saved;
};

// After the last step of a resumable program: keeps what is under way.
struct SaveRingPhase {
  std::string label;
  ArrayId ring = 0, saved = 0;
  std::uint32_t targets = 0, depth = 1;
};

// All threads of a trial wait for each other.
struct BarrierPhase {};

// ---- Phases of programs that learn.

// Before the first step: nothing is on the tape.
struct OpenTapePhase {
  std::string label;
  std::uint32_t tape = 0;
};

// After the list of this step has been made: its spikes go on the tape, in order, each with what its neuron has in
// Tape::kept. What there is no room for is counted all the same.
struct RecordPhase {
  std::string label;
  std::uint32_t tape = 0;
};

// After the last step: adds to the spike totals.
struct CloseTapePhase {
  std::string label;
  std::uint32_t tape = 0;
};

// Runs `body` for each spike of this step, with the neuron that spiked as element. A neuron spikes once in a step.
struct EventPhase {
  std::string label;
  std::uint32_t tape = 0;
  std::vector<Statement> body;
};

// The transpose of a DeliverPhase: for each spike of this step, of neuron i and with sign s, and each of its synapses, of
// weight w to neuron j, whose arrival in step n = step + 1 + delay belongs to the example:
//   gradient[synapse] += s·lambda[n][j],  due[spike] −= s·Σ w·timing[n][j]
// The sum has 32 lanes: lane l adds synapses l, l + 32, … of the spike in order, from 0; then lanes l and l + 16 are added, l
// and l + 8, and so on. The rings have a slot for each step that can be read and one to write; those of steps that the
// example does not have hold 0.
struct BackDeliverPhase {
  std::string label;
  std::uint32_t tape = 0;
  std::uint32_t delay = 0;  // steps beyond the latency of one
  Pattern pattern = Pattern::dense;
  std::uint32_t sources = 0, targets = 0;
  std::uint32_t ring_depth = 2;
  std::optional<ArrayId> gradient, lambda;  // of trained weights
  std::optional<ArrayId> timing, due;       // where the time of the spike matters
  bool first_due = false;                   // nothing has been added to `due` in this step: it is set
  std::optional<ArrayId> weights;           // as of DeliverPhase
  float weight = 0;
  std::uint32_t connection = 0;
  Rows rows = {};
};

enum class LossForm {
  crossentropy,         // of labels
  target_crossentropy,  // of one target for each neuron
  square,               // half the sum of squares
  step_square,          // of sums over the steps of squares that the neurons have kept in `values`
  relative_square,      // of first spike times against that of the label
  spike_crossentropy,   // of first spike times, and a term for that of the label
};

std::string_view to_string(LossForm form);

// After the last step: the loss of an output, and its derivative by each of `values`.
struct LossPhase {
  std::string label;
  LossForm form = LossForm::crossentropy;
  float temperature = 1, alpha = 0, delta = 0;
  std::uint32_t neurons = 0;
  ArrayId values = 0;  // the readout
  ArrayId given = 0;   // labels or targets
  ArrayId losses = 0;
  std::optional<ArrayId> derivative;  // step_square: none
};

using Phase = std::variant<ElementPhase, DeliverPhase, GatherPhase, ReplayPhase, OpenPhase, SavePhase, OpenRingPhase,
                           SaveRingPhase, BarrierPhase, OpenTapePhase, RecordPhase, CloseTapePhase, EventPhase,
                           BackDeliverPhase, LossPhase>;

// Spikes of a population as the backward pass reads them, for one example at a time.
struct Tape {
  std::string name;  // of what belongs to it
  std::uint32_t population = 0;
  std::uint32_t queue = 0;
  std::uint32_t neurons = 0;
  bool is_signed = false;
  ArrayId offsets = 0;  // u32, timesteps + 1: where the spikes of each step begin
  ArrayId spikes = 0;   // u32: list entries
  // Those spikes were given to the program and stay in the input buffers; else they are recorded:
  bool given = false;
  std::uint32_t number = 0;        // among those recorded
  std::vector<ArrayId> kept = {};  // f32, one per neuron: values of this step that a spike keeps …
  std::optional<ArrayId> values;   // … on the tape: entry v·capacity + place
};

// How a program learns. Examples are dealt out to slots in turn.
struct Learning {
  std::uint32_t slots = 1;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  struct Weights {
    ArrayId parameter = 0, gradient = 0, moments = 0;
    std::uint32_t connection = 0;
    contract::OptimizerSettings settings = {};
    bool shared = false;  // one value, of which the parameter has a copy for each synapse
  };
  std::vector<Weights> weights;
  std::vector<contract::TrainedOutput> outputs;
  std::vector<Tape> tapes;
  std::uint32_t recorded_tapes = 0;
  std::vector<contract::EventCounts> counts;
  std::vector<contract::LocatedVariable> located;
  std::optional<ArrayId> settings, capacities, totals, non_finite, order, halt;
  std::vector<Phase> before_examples;      // at the start of a slot
  std::vector<Phase> before, step, after;  // backward: from the last step to the first
  bool barrier_between_examples = false;   // cuda; set by a pass
};

struct Program {
  std::string network;  // one line that tells what it is
  double dt = 1.0;      // ms
  std::uint32_t timesteps = 0;
  bool resumable = false;
  std::vector<contract::PopulationInfo> populations;
  std::vector<contract::ConnectionInfo> connections;
  std::vector<std::string> notes;  // what was chosen on the user's behalf: integrators, storage
  std::vector<Array> arrays;
  std::vector<Queue> queues;
  std::vector<Phase> before;  // at the start of a trial
  std::vector<Phase> step;
  std::vector<Phase> after;  // at the end of a trial
  std::optional<ArrayId> example_steps;
  Schedule schedule = Schedule::trial;  // never automatic
  std::uint32_t threads = 0;            // cuda: of a block; set by a pass
  std::uint32_t tile = 0;               // cuda, schedule `step`: neurons of each population that a block owns
  std::uint32_t parts = 0;  // host, schedule `step`: into how many parts each population is cut; set by a pass
  std::optional<Learning> learning;

  ArrayId add(Array array) {
    arrays.push_back(std::move(array));
    return static_cast<ArrayId>(arrays.size() - 1);
  }
};

// A listing for people and tests; byte-stable.
std::string to_string(const Program& program);
std::string to_string(const Expr& expression, const Program& program);

// What is wrong with a program: our own mistake, never the user's. Empty if nothing is.
std::vector<std::string> check(const Program& program);

}  // namespace synfire::codegen
