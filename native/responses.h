// The table between LoadGen's response ids, which are raw pointers, and the slot numbers that
// JavaScript sees.
//
// Lifetime rules
// 1. A slot is opened on LoadGen's thread before its sample is handed to a consumer, and is single
// use: the
//    number carries a generation, so that a number from an earlier sample never matches a later
//    one.
// 2. A response id is given to LoadGen only while its slot is open. LoadGen cannot end a test while
// a slot is
//    open, so the memory behind an open slot is alive.
// 3. FirstTokenComplete and QuerySamplesComplete of one sample must come from one thread (upstream
// issue 1786):
//    the thread that reports the first token owns the slot, and any other thread is refused.
// 4. In token mode LoadGen dereferences the first token's record when a sample completes:
// completion without a
//    first token is refused, and a failed sample gets an empty first token before its completion.
// 5. The table's lock is never held while LoadGen is called: LoadGen may re-enter from IssueQuery.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "loadgen.h"
#include "query_sample.h"

namespace flexbench {

// Slot number: generation × 2^26 + index. Exact in a double.
using Slot = uint64_t;

enum class ReportResult : int {
  kAccepted = 0,
  kUnknownSlot = 1,
  kAlreadyCompleted = 2,
  kTestOver = 3,
  kFirstTokenRepeated = 4,
  kFirstTokenMissing = 5,
  kOtherThread = 6,
};

struct ReportCounts {
  uint64_t issued = 0;
  uint64_t first_tokens = 0;
  uint64_t completed = 0;
  uint64_t failed = 0;
  int64_t last_activity_ns = 0;
};

class Responses {
 public:
  static constexpr uint32_t kIndexBits = 26;
  static constexpr Slot kMostOpenSlots = Slot{1} << kIndexBits;

  // `on_closed(consumer)` is called once for every slot that closes, without the lock.
  explicit Responses(std::function<void(uint32_t)> on_closed) : on_closed_(std::move(on_closed)) {}

  // Between tests: whether completions need a first token. No slot may be open.
  void BeginTest(bool needs_first_token);
  void EndTest();

  // Opens a slot for each sample and writes the numbers to `slots`. On LoadGen's thread.
  void Open(const std::vector<mlperf::QuerySample>& samples, const std::vector<uint32_t>& consumers,
            std::vector<Slot>* slots);

  // `data` is read before the call returns.
  ReportResult FirstToken(Slot slot, const void* data, size_t size);
  ReportResult Complete(Slot slot, const void* data, size_t size, int64_t n_tokens);
  // Completes many samples without data; returns how many were refused.
  size_t CompleteAll(const double* slots, size_t count, int64_t n_tokens);
  // Completes a sample that has no answer: no data, no tokens. LoadGen logs an error for it in
  // token mode.
  ReportResult Fail(Slot slot);

  // Fails the open slots of one consumer on the calling thread: its own, about to end.
  size_t FailConsumer(uint32_t consumer);
  // Fails all open slots whose first token, if any, LoadGen has certainly recorded.
  size_t FailAll();

  ReportCounts counts() const;

 private:
  struct Entry {
    mlperf::ResponseId id = 0;
    uint32_t generation = 1;
    uint32_t consumer = 0;
    uint64_t owner_thread = 0;  // 0: no first token yet
    int64_t first_token_ns = 0;
    bool open = false;
    bool reporting = false;
  };

  struct Closing {
    mlperf::ResponseId id;
    uint32_t consumer;
    bool needs_first_token;
  };

  ReportResult Find(Slot slot, Entry** entry);
  ReportResult CloseLocked(Slot slot, bool failed, Closing* closing);
  void Finish(const Closing& closing, const void* data, size_t size, int64_t n_tokens, bool failed);
  size_t FailMatching(const std::function<bool(const Entry&)>& matches);

  const std::function<void(uint32_t)> on_closed_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  bool running_ = false;
  bool needs_first_token_ = false;
  std::atomic<uint64_t> issued_{0};
  std::atomic<uint64_t> first_tokens_{0};
  std::atomic<uint64_t> completed_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<int64_t> last_activity_ns_{0};
};

}  // namespace flexbench
