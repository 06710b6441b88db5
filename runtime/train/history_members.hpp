// SPDX-License-Identifier: Apache-2.0
// The members of a history as JSON has them, for History::json and for checkpoints.
#pragma once

#include <array>
#include <string>

#include "artifact_file/json_tables.hpp"
#include "synfire/training.hpp"

namespace synfire::artifact {

template <>
struct Words<TrainingEnd> {
  using enum TrainingEnd;
  static constexpr std::array all{completed, early_stopping, callback, stopped};
  static std::string of(TrainingEnd end) { return std::string(to_string(end)); }
};

}  // namespace synfire::artifact

namespace synfire {

template <artifact::Is<OutputScore> Object, class Visit>
void visit_members(Object& score, Visit&& visit) {
  visit("output", score.output);
  visit("loss", artifact::or_null(score.loss));
  visit("metric", score.metric);
  visit("value", artifact::or_null(score.value));
  visit("ties", score.ambiguity.ties);
  visit("silent", score.ambiguity.silent);
  visit("ambiguous_right", score.ambiguity.right);
}

template <artifact::Is<PopulationActivity> Object, class Visit>
void visit_members(Object& activity, Visit&& visit) {
  visit("population", activity.population);
  visit("spikes", activity.spikes);
  visit("triggered", activity.triggered);
  visit("near_tangent", activity.near_tangent);
}

template <artifact::Is<TrainingWarning> Object, class Visit>
void visit_members(Object& warning, Visit&& visit) {
  visit("kind", warning.kind);
  visit("path", warning.path);
  visit("message", warning.message);
  visit("hint", warning.hint);
}

template <artifact::Is<EpochRecord> Object, class Visit>
void visit_members(Object& record, Visit&& visit) {
  visit("epoch", record.epoch);
  visit("learning_rate", record.learning_rate);
  visit("examples", record.examples);
  visit("batches", record.batches);
  visit("replays", record.replays);
  visit("seconds", record.seconds);
  visit("validation_seconds", record.validation_seconds);
  visit("training", record.training);
  visit("validation", record.validation);
  visit("activity", record.activity);
  visit("warnings", record.warnings);
}

template <artifact::Is<History> Object, class Visit>
void visit_members(Object& history, Visit&& visit) {
  visit("epochs", history.epochs);
  visit("end", history.end);
  visit("best_epoch", history.best_epoch);
}

}  // namespace synfire
