// Samples made by LoadGen's own classes without a test around them: their ids are real, and what
// LoadGen is told about them is kept.
#pragma once

#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "issue_query_controller.h"
#include "query_sample.h"

namespace flexbench {

struct Told {
  bool first_token;
  uint64_t sample_index;
  std::vector<unsigned char> data;
  int64_t n_tokens;
  std::thread::id thread;
};

class RealSamples : public mlperf::loadgen::ResponseDelegate {
 public:
  explicit RealSamples(size_t count)
      : query_(Indices(count), std::chrono::nanoseconds(0), this, &sequence_) {}

  // All in one query, with the indices 0, 1, 2, …
  const std::vector<mlperf::QuerySample>& samples() const { return query_.query_to_send; }

  std::vector<Told> told() {
    std::lock_guard<std::mutex> lock(mutex_);
    return told_;
  }

  void SampleComplete(mlperf::loadgen::SampleMetadata* sample,
                      mlperf::QuerySampleResponse* response, mlperf::PerfClock::time_point,
                      const mlperf::ResponseCallback&) override {
    Keep(false, *sample, *response);
  }
  void TokenComplete(mlperf::loadgen::SampleMetadata* sample, mlperf::QuerySampleResponse* response,
                     mlperf::PerfClock::time_point, const mlperf::ResponseCallback&) override {
    Keep(true, *sample, *response);
  }
  void QueryComplete() override { ++queries_completed; }

 private:
  static std::vector<mlperf::QuerySampleIndex> Indices(size_t count) {
    std::vector<mlperf::QuerySampleIndex> indices(count);
    for (size_t i = 0; i < count; ++i) indices[i] = i;
    return indices;
  }

  void Keep(bool first_token, const mlperf::loadgen::SampleMetadata& sample,
            const mlperf::QuerySampleResponse& response) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(response.data);
    std::lock_guard<std::mutex> lock(mutex_);
    told_.push_back({first_token,
                     sample.sample_index,
                     {bytes, bytes + response.size},
                     response.n_tokens,
                     std::this_thread::get_id()});
  }

  mlperf::loadgen::SequenceGen sequence_;
  mlperf::loadgen::QueryMetadata query_;
  std::mutex mutex_;
  std::vector<Told> told_;
};

}  // namespace flexbench
