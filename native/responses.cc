#include "responses.h"

#include <stdexcept>

#include "monotonic_clock.h"

namespace flexbench {

namespace {

// Small and never 0, unlike std::thread::id, which may be reused by a later thread.
uint64_t ThisThread() {
  static std::atomic<uint64_t> next{1};
  thread_local const uint64_t id = next++;
  return id;
}

// LoadGen drains its per-thread queues every 10 ms; after this long a first token has been
// recorded.
constexpr int64_t kFirstTokenSettledNs = 100'000'000;

}  // namespace

void Responses::BeginTest(bool needs_first_token) {
  std::lock_guard<std::mutex> lock(mutex_);
  running_ = true;
  needs_first_token_ = needs_first_token;
  issued_ = first_tokens_ = completed_ = failed_ = 0;
  last_activity_ns_ = MonotonicNowNs();
}

void Responses::EndTest() {
  std::lock_guard<std::mutex> lock(mutex_);
  running_ = false;
}

void Responses::Open(const std::vector<mlperf::QuerySample>& samples,
                     const std::vector<uint32_t>& consumers, std::vector<Slot>* slots) {
  slots->resize(samples.size());
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < samples.size(); ++i) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Entry& entry = entries_[index];
    entry.id = samples[i].id;
    entry.consumer = consumers[i];
    entry.owner_thread = 0;
    entry.open = true;
    entry.reporting = false;
    (*slots)[i] = (Slot{entry.generation} << kIndexBits) | index;
  }
  issued_ += samples.size();
}

ReportResult Responses::Find(Slot slot, Entry** entry) {
  if (!running_) return ReportResult::kTestOver;
  uint64_t index = slot & (kMostOpenSlots - 1);
  uint64_t generation = slot >> kIndexBits;
  if (index >= entries_.size() || generation == 0) return ReportResult::kUnknownSlot;
  Entry& found = entries_[index];
  if (generation > found.generation) return ReportResult::kUnknownSlot;
  if (generation < found.generation) return ReportResult::kAlreadyCompleted;
  if (!found.open) return ReportResult::kUnknownSlot;
  *entry = &found;
  return ReportResult::kAccepted;
}

ReportResult Responses::FirstToken(Slot slot, const void* data, size_t size) {
  mlperf::ResponseId id;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Entry* entry = nullptr;
    ReportResult result = Find(slot, &entry);
    if (result != ReportResult::kAccepted) return result;
    if (entry->owner_thread != 0) return ReportResult::kFirstTokenRepeated;
    entry->owner_thread = ThisThread();
    entry->first_token_ns = MonotonicNowNs();
    entry->reporting = true;
    id = entry->id;
  }
  mlperf::QuerySampleResponse response(id, reinterpret_cast<uintptr_t>(data), size);
  // Offline has no first tokens in LoadGen; the report is counted and goes no further.
  if (needs_first_token_) mlperf::FirstTokenComplete(&response, 1);
  ++first_tokens_;
  last_activity_ns_ = MonotonicNowNs();
  std::lock_guard<std::mutex> lock(mutex_);
  entries_[slot & (kMostOpenSlots - 1)].reporting = false;
  return ReportResult::kAccepted;
}

ReportResult Responses::CloseLocked(Slot slot, bool failed, Closing* closing) {
  Entry* entry = nullptr;
  ReportResult result = Find(slot, &entry);
  if (result != ReportResult::kAccepted) return result;
  if (entry->owner_thread != 0 && entry->owner_thread != ThisThread())
    return ReportResult::kOtherThread;
  bool first_token_missing = needs_first_token_ && entry->owner_thread == 0;
  if (first_token_missing && !failed) return ReportResult::kFirstTokenMissing;
  *closing = {entry->id, entry->consumer, first_token_missing};
  entry->open = false;
  ++entry->generation;
  free_.push_back(static_cast<uint32_t>(slot & (kMostOpenSlots - 1)));
  return ReportResult::kAccepted;
}

void Responses::Finish(const Closing& closing, const void* data, size_t size, int64_t n_tokens,
                       bool failed) {
  if (closing.needs_first_token) {
    mlperf::QuerySampleResponse first(closing.id, 0, 0);
    mlperf::FirstTokenComplete(&first, 1);
  }
  // Counted first: after the last completion the test may end before the next statement.
  ++(failed ? failed_ : completed_);
  last_activity_ns_ = MonotonicNowNs();
  mlperf::QuerySampleResponse response(closing.id, reinterpret_cast<uintptr_t>(data), size,
                                       n_tokens);
  mlperf::QuerySamplesComplete(&response, 1);
  on_closed_(closing.consumer);
}

ReportResult Responses::Complete(Slot slot, const void* data, size_t size, int64_t n_tokens) {
  Closing closing;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ReportResult result = CloseLocked(slot, false, &closing);
    if (result != ReportResult::kAccepted) return result;
  }
  Finish(closing, data, size, n_tokens, false);
  return ReportResult::kAccepted;
}

ReportResult Responses::Fail(Slot slot) {
  Closing closing;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ReportResult result = CloseLocked(slot, true, &closing);
    if (result != ReportResult::kAccepted) return result;
  }
  Finish(closing, nullptr, 0, 0, true);
  return ReportResult::kAccepted;
}

size_t Responses::CompleteAll(const double* slots, size_t count, int64_t n_tokens) {
  thread_local std::vector<mlperf::QuerySampleResponse> responses;
  thread_local std::vector<uint32_t> consumers;
  responses.clear();
  consumers.clear();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < count; ++i) {
      Closing closing;
      if (!(slots[i] >= 0)) continue;
      if (CloseLocked(static_cast<Slot>(slots[i]), false, &closing) != ReportResult::kAccepted)
        continue;
      responses.emplace_back(closing.id, 0, 0, n_tokens);
      consumers.push_back(closing.consumer);
    }
  }
  completed_ += responses.size();
  last_activity_ns_ = MonotonicNowNs();
  if (!responses.empty()) mlperf::QuerySamplesComplete(responses.data(), responses.size());
  for (uint32_t consumer : consumers) on_closed_(consumer);
  return count - consumers.size();
}

size_t Responses::FailMatching(const std::function<bool(const Entry&)>& matches) {
  std::vector<Closing> closings;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!running_) return 0;
    for (uint32_t index = 0; index < entries_.size(); ++index) {
      Entry& entry = entries_[index];
      if (!entry.open || !matches(entry)) continue;
      closings.push_back({entry.id, entry.consumer, needs_first_token_ && entry.owner_thread == 0});
      entry.open = false;
      ++entry.generation;
      free_.push_back(index);
    }
  }
  for (const Closing& closing : closings) Finish(closing, nullptr, 0, 0, true);
  return closings.size();
}

size_t Responses::FailConsumer(uint32_t consumer) {
  uint64_t thread = ThisThread();
  return FailMatching([consumer, thread](const Entry& entry) {
    return entry.consumer == consumer && (entry.owner_thread == 0 || entry.owner_thread == thread);
  });
}

size_t Responses::FailAll() {
  int64_t settled_before_ns = MonotonicNowNs() - kFirstTokenSettledNs;
  return FailMatching([settled_before_ns](const Entry& entry) {
    return !entry.reporting &&
           (entry.owner_thread == 0 || entry.first_token_ns < settled_before_ns);
  });
}

ReportCounts Responses::counts() const {
  return {issued_, first_tokens_, completed_, failed_, last_activity_ns_};
}

}  // namespace flexbench
