// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
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

TEST(History, IsJsonWithEverything) {
  const test::ScratchFolder folder;
  History history = two_epochs();
  history.end = TrainingEnd::early_stopping;
  history.best_epoch = 3;
  history.save_json(folder / "history.json");
  EXPECT_EQ(text_of(folder / "history.json"), history.json());
  const std::string text = history.json();
  for (const char* part : {"\"epoch\": 3", "\"learning_rate\": 0.005", "\"output\": \"trace\"", "\"value\": null",
                           "\"triggered\": 10", "\"end\": \"early_stopping\"", "\"best_epoch\": 3"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_THROW(history.save_json("/nonexistent/folder/history.json"), DataError);
}

// The first record as TensorFlow writes it, for the checksums; then one event per scalar.
TEST(History, IsForTensorBoard) {
  const test::ScratchFolder folder;
  two_epochs().save_tensorboard(folder.path());
  const std::string text = text_of(folder / History::tensorboard_file);
  const unsigned char first[] = {0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22, 0x09};
  ASSERT_GT(text.size(), sizeof first);
  EXPECT_EQ(text.substr(0, sizeof first), std::string(reinterpret_cast<const char*>(first), sizeof first));
  EXPECT_EQ(text.substr(21, 15),
            "\x1a\x0d"
            "brain.Event:2");
  std::size_t records = 0;
  for (std::size_t at = 0; at < text.size(); ++records) {
    std::uint64_t size = 0;
    std::memcpy(&size, text.data() + at, sizeof size);
    at += 8 + 4 + size + 4;
    ASSERT_LE(at, text.size());
  }
  EXPECT_EQ(records, 1u + 5 + 7) << "each epoch has 3 values, a rate and spikes; the second has 2 more";
  for (const char* tag : {"training/out.loss", "training/trace.loss", "validation/out.sparse_categorical_accuracy",
                          "learning_rate", "spikes_per_example/hidden"})
    EXPECT_NE(text.find(tag), std::string::npos) << tag;
  EXPECT_THROW(two_epochs().save_tensorboard("/nonexistent/folder"), DataError);
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
