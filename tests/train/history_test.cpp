// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "base/scratch_folder.hpp"
#include "synfire/training.hpp"

namespace synfire {
namespace {

History two_epochs() {
  History history;
  EpochRecord first{.epoch = 3, .learning_rate = 0.01, .examples = 90, .batches = 9};
  first.training = {{"out", 1.5, "sparse_categorical_accuracy", 0.25}, {"trace", 0.125, "", NAN}};
  first.activity = {{"hidden", 1000, 10, 1}};
  first.seconds = 0.5;
  EpochRecord second = first;
  second.epoch = 4;
  second.learning_rate = 0.005;
  second.replays = 2;
  second.validation = {{"out", 1.25, "sparse_categorical_accuracy", 0.5}};
  second.validation_seconds = 0.25;
  history.epochs = {first, second};
  return history;
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(History, IsATableWithALineForEachEpoch) {
  const test::ScratchFolder folder;
  two_epochs().save_csv(folder / "history.csv");
  EXPECT_EQ(text_of(folder / "history.csv"),
            "epoch,learning_rate,examples,batches,seconds,validation_seconds,replays,out.loss,"
            "out.sparse_categorical_accuracy,trace.loss,hidden.spikes,hidden.triggered,hidden.near_tangent,"
            "validation.out.loss,validation.out.sparse_categorical_accuracy\n"
            "3,0.01,90,9,0.5,0,0,1.5,0.25,0.125,1000,10,1,,\n"
            "4,0.005,90,9,0.5,0.25,2,1.5,0.25,0.125,1000,10,1,1.25,0.5\n");
}

TEST(History, AFileThatCannotBeWrittenIsAnError) {
  EXPECT_THROW(two_epochs().save_csv("/nonexistent/folder/history.csv"), DataError);
}

TEST(History, TheLastEpochIsLookedUpByOutput) {
  const History history = two_epochs();
  EXPECT_EQ(history.training("out").loss, 1.5);
  EXPECT_EQ(history.training("trace").loss, 0.125);
  EXPECT_EQ(history.validation().value, 0.5);
}

TEST(History, WhatThereIsNotIsNamed) {
  const auto kind_of = [](const auto& ask) {
    try {
      ask();
    } catch (const ModelError& error) {
      return error.problems().front().kind;
    }
    ADD_FAILURE() << "nothing was thrown";
    return ProblemKind::run_failed;
  };
  const History history = two_epochs();
  EXPECT_EQ(kind_of([&] { history.training("oot"); }), ProblemKind::unknown_name);
  EXPECT_EQ(kind_of([&] { history.training(); }), ProblemKind::unknown_name) << "there are two outputs";
  EXPECT_EQ(kind_of([&] { History{}.training(); }), ProblemKind::missing_data);
  History untested = history;
  untested.epochs.pop_back();
  EXPECT_EQ(kind_of([&] { untested.validation("out"); }), ProblemKind::missing_data);
}

}  // namespace
}  // namespace synfire
