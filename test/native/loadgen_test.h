// Whole LoadGen tests with C++ threads in the place of JavaScript threads.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "run.h"

namespace flexbench {

class LoadgenTest : public testing::Test {
 protected:
  using Library = SampleLibrary::Request;
  // Answers what the library asks for, on LoadGen's thread; false: nobody is there.
  using Ask = SampleLibrary::Ask;

  void SetUp() override;
  void TearDown() override;

  // Settings under which an answer at once is VALID, in some 100 ms.
  static mlperf::TestSettings ShortTest(mlperf::TestScenario scenario);
  static mlperf::TestSettings ShortTokenTest(mlperf::TestScenario scenario);

  StartResult Start(const mlperf::TestSettings& settings, Ask ask);
  // Loads and unloads are answered at once, and kept in `asked`.
  StartResult Start(const mlperf::TestSettings& settings);
  // Waits for the end of the test that was started.
  void End();
  StartResult RunToEnd(const mlperf::TestSettings& settings);

  static Sut& sut() { return Run::Instance().sut(); }
  static ReportCounts counts() { return sut().responses().counts(); }

  // A value of the detail log as it stands there, without quotes; empty when the key is absent.
  std::string Detail(const std::string& key) const;
  size_t LoggedErrors() const;
  std::string ReadLog(const std::string& name) const;

  SampleCounts samples_{32, 16};
  std::vector<std::pair<Library, size_t>> asked_;

 private:
  std::filesystem::path folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
};

}  // namespace flexbench
