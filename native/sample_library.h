// The Query Sample Library that LoadGen sees: counts and name from C++, loading and unloading by
// JavaScript.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "query_sample_library.h"
#include "settings.h"

namespace flexbench {

class SampleLibrary : public mlperf::QuerySampleLibrary {
 public:
  enum class Request { kLoad, kUnload };
  // Asks JavaScript; called on LoadGen's thread and must not block. False: nobody is there to
  // answer.
  using Ask = std::function<bool(Request, const std::vector<mlperf::QuerySampleIndex>&)>;

  SampleLibrary(std::string name, SampleCounts counts, Ask ask)
      : name_(std::move(name)), counts_(counts), ask_(std::move(ask)) {}

  // JavaScript has loaded or unloaded what it was asked for.
  void Answer();
  // Nobody will answer any more: this request and all later ones return at once.
  void Abandon();

  // The getters are asked by LoadGen's own IO thread too, so they never leave C++.
  // const std::string& Name()
  const std::string& Name() override { return name_; }
  // size_t TotalSampleCount()
  size_t TotalSampleCount() override { return counts_.total; }
  // size_t PerformanceSampleCount()  — 0 would make LoadGen divide by it, so "all" is said as a
  // number.
  size_t PerformanceSampleCount() override {
    return counts_.performance == 0 ? counts_.total : counts_.performance;
  }
  // void LoadSamplesToRam(const std::vector<QuerySampleIndex>&)  — blocks LoadGen's thread until
  // Answer.
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>& samples) override {
    AskAndWait(Request::kLoad, samples);
  }
  // void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>&)  — likewise.
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>& samples) override {
    AskAndWait(Request::kUnload, samples);
  }

 private:
  void AskAndWait(Request request, const std::vector<mlperf::QuerySampleIndex>& samples);

  const std::string name_;
  const SampleCounts counts_;
  const Ask ask_;
  std::mutex mutex_;
  std::condition_variable answered_changed_;
  bool answered_ = false;
  bool abandoned_ = false;
};

}  // namespace flexbench
