// SPDX-License-Identifier: Apache-2.0
// Examples that train, without warnings. ./dev demo with few images: train from random weights, save the artifact, run
// it with the program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace synfire {
namespace {

namespace fs = std::filesystem;

class Demo : public testing::Test {
 protected:
  Demo() : folder_(fs::temp_directory_path() / "synfire-demo-test") {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Demo() override { fs::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }

  // The command's standard output. It succeeds and warns of nothing.
  std::string output_of(const std::string& command) const {
    const std::string whole = command + " >'" + path("output.txt") + "' 2>'" + path("messages.txt") + "'";
    EXPECT_EQ(std::system(whole.c_str()), 0) << whole << "\n" << contents("messages.txt");
    EXPECT_EQ(contents("messages.txt").find("arning"), std::string::npos) << whole << "\n" << contents("messages.txt");
    return contents("output.txt");
  }

  std::string contents(const char* name) const {
    std::stringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }

  fs::path folder_;
};

TEST_F(Demo, TrainsAndRunsWhatWasLearned) {
  const std::string artifact = path("net.synfire");
  const std::string trained = output_of(std::string(SYNFIRE_TRAIN_FASHION_MNIST) +
                                        " --device host --examples 1000 --epochs 1 --quiet --output '" +
                                        folder_.string() + "' --artifact '" + artifact + "'");
  const auto number_after = [&](const std::string& words) {
    const std::size_t at = trained.find(words);
    return at == std::string::npos ? -1.0 : std::atof(trained.c_str() + at + words.size());
  };
  const double accuracy = number_after("compiled for inference: ");
  EXPECT_GT(accuracy, 50) << trained;  // chance level: 10 %
  EXPECT_EQ(number_after("test accuracy "), accuracy) << trained;
  EXPECT_NE(contents("train_fashion_mnist.csv").find("validation.output.loss"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder_ / "train_fashion_mnist.txt"));

  const std::string evaluated =
      output_of("SYNFIRE_CXX=/nonexistent '" SYNFIRE_PROGRAM "' evaluate '" + artifact +
                "' --device host --input /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"
                " --labels /usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz"
                " --encode linear_latency,max_time=18,min_time=2 --first 1000");
  const std::string name = "output\tsparse_categorical_accuracy\t";
  ASSERT_EQ(evaluated.rfind(name, 0), 0u) << evaluated;
  EXPECT_NEAR(100 * std::atof(evaluated.c_str() + name.size()), accuracy, 0.006);
}

TEST_F(Demo, TheOtherExamplesRun) {
  const auto here = [&](const std::string& program) { return "cd '" + folder_.string() + "' && '" + program + "'"; };
  EXPECT_NE(output_of(here(SYNFIRE_FIRST_NETWORK)), "");
  EXPECT_NE(output_of(here(SYNFIRE_FIRST_TRAINING)).find(" of the test images"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder_ / "fashion_mnist.synfire"));
  const std::string trained = output_of(here(SYNFIRE_YIN_YANG) + " --device host --epochs 1 --quiet");
  EXPECT_NE(trained.find("test accuracy "), std::string::npos) << trained;
}

}  // namespace
}  // namespace synfire
