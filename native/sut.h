// The System Under Test that LoadGen sees: it hands each sample to one of several consumers and
// returns at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "responses.h"
#include "system_under_test.h"

namespace flexbench {

// One sample on its way to JavaScript; times on the monotonic clock.
struct HandedSample {
  Slot slot;
  uint64_t sample_index;
  int64_t scheduled_ns;
  int64_t issued_ns;
};

// Wakes a JavaScript thread; callable from any thread, never blocks.
class Wake {
 public:
  virtual ~Wake() = default;
  virtual void Call() = 0;
};

// A JavaScript thread that takes samples. LoadGen's threads put, the JavaScript thread takes.
class Consumer {
 public:
  explicit Consumer(std::shared_ptr<Wake> wake) : wake_(std::move(wake)) {}

  // Appends samples; `Call`s the wake only when the consumer is not already on its way.
  void Put(const HandedSample* samples, size_t count);
  // Moves up to `most` samples to `out` and says how many. When `more` is false the next Put wakes
  // again; when it is true the caller must come back by itself.
  size_t Take(HandedSample* out, size_t most, bool* more);

  // Samples handed over and not yet completed.
  std::atomic<int64_t> outstanding{0};
  std::atomic<bool> attached{true};

 private:
  const std::shared_ptr<Wake> wake_;
  std::mutex mutex_;
  std::vector<HandedSample> queue_;
  size_t taken_ = 0;
  bool awake_ = false;
};

class Sut : public mlperf::SystemUnderTest {
 public:
  Sut();

  Responses& responses() { return responses_; }

  uint32_t Attach(std::shared_ptr<Wake> wake);
  // On the consumer's own thread, which is about to end: fails what it still holds.
  void Detach(uint32_t consumer);
  size_t AttachedConsumers();
  std::shared_ptr<Consumer> consumer(uint32_t index);

  void set_name(std::string name) { name_ = std::move(name); }
  // From now on every sample is failed as soon as it is issued.
  void set_draining(bool draining) { draining_ = draining; }

  // const std::string& Name()  — asked by LoadGen's threads, so it never leaves C++.
  const std::string& Name() override { return name_; }
  // void IssueQuery(const std::vector<QuerySample>&)  — `samples` is valid during the call only.
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override;
  // void FlushQueries()  — nothing is held back here, so there is nothing to flush.
  void FlushQueries() override {}

 private:
  void FailIssued(const std::vector<Slot>& slots);

  std::string name_;
  std::mutex consumers_mutex_;
  std::vector<std::shared_ptr<Consumer>> consumers_;
  std::atomic<bool> draining_{false};
  Responses responses_;
};

}  // namespace flexbench
