// One LoadGen test at a time: its thread, its library, and the SUT that outlives all tests of the
// process.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sample_library.h"
#include "settings.h"
#include "sut.h"

namespace flexbench {

struct TestRequest {
  mlperf::TestSettings settings;
  mlperf::LogSettings log;
  // Always passed: upstream's default is a file of the working directory.
  std::string audit_config;
  std::string sut_name;
  std::string library_name;
  SampleCounts samples;
};

enum class StartResult { kStarted, kAlreadyRunning, kNoConsumer, kIssueThreadsNeedOwnProcess };

class Run {
 public:
  // LoadGen is a singleton of the process, hence so is this. Never destroyed: LoadGen's threads may
  // outlive main.
  static Run& Instance();

  Sut& sut() { return sut_; }
  bool running() const { return running_; }

  // Starts the test on a thread of its own; `on_end` is called there when StartTest has returned.
  StartResult Start(TestRequest request, SampleLibrary::Ask ask, std::function<void()> on_end);
  // After `on_end`: waits for the thread to be gone. On the thread that called Start.
  void Join();
  // JavaScript has done what the library asked for.
  void Answer();
  // JavaScript is going away: the library stops asking, and every sample is failed.
  void Abandon();

 private:
  Run() = default;
  void RunTest(const TestRequest& request);

  Sut sut_;
  std::shared_ptr<SampleLibrary> library_;
  std::thread thread_;
  std::atomic<bool> running_{false};
  // LoadGen never forgets issue threads, nor the end of an earlier test: their test must be the
  // only one.
  bool tested_ = false;
  bool issue_threads_used_ = false;
};

}  // namespace flexbench
