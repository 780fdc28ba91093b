#include "sut.h"

#include <algorithm>

#include "issue_query_controller.h"
#include "monotonic_clock.h"

namespace flexbench {

namespace {

// When LoadGen meant to issue a sample. LoadGen's clock may be the wall clock; the difference to
// now is what counts.
int64_t ScheduledNs(mlperf::ResponseId id, mlperf::PerfClock::time_point perf_now, int64_t now_ns) {
  auto* sample = reinterpret_cast<mlperf::loadgen::SampleMetadata*>(id);
  auto late = perf_now - sample->query_metadata->scheduled_time;
  return now_ns - std::chrono::duration_cast<std::chrono::nanoseconds>(late).count();
}

}  // namespace

void Consumer::Put(const HandedSample* samples, size_t count) {
  outstanding += static_cast<int64_t>(count);
  bool wake;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.insert(queue_.end(), samples, samples + count);
    wake = !awake_;
    awake_ = true;
  }
  if (wake) wake_->Call();
}

size_t Consumer::Take(HandedSample* out, size_t most, bool* more) {
  std::lock_guard<std::mutex> lock(mutex_);
  size_t count = std::min(most, queue_.size() - taken_);
  std::copy_n(queue_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out);
  taken_ += count;
  *more = taken_ < queue_.size();
  if (!*more) {
    queue_.clear();
    taken_ = 0;
    awake_ = false;
  }
  return count;
}

Sut::Sut() : responses_([this](uint32_t index) { --consumer(index)->outstanding; }) {}

uint32_t Sut::Attach(std::shared_ptr<Wake> wake) {
  std::lock_guard<std::mutex> lock(consumers_mutex_);
  consumers_.push_back(std::make_shared<Consumer>(std::move(wake)));
  return static_cast<uint32_t>(consumers_.size() - 1);
}

void Sut::Detach(uint32_t index) {
  std::shared_ptr<Consumer> leaving = consumer(index);
  if (!leaving->attached.exchange(false)) return;
  responses_.FailConsumer(index);
}

std::shared_ptr<Consumer> Sut::consumer(uint32_t index) {
  std::lock_guard<std::mutex> lock(consumers_mutex_);
  return consumers_.at(index);
}

size_t Sut::AttachedConsumers() {
  std::lock_guard<std::mutex> lock(consumers_mutex_);
  return static_cast<size_t>(std::count_if(consumers_.begin(), consumers_.end(),
                                           [](const auto& c) { return c->attached.load(); }));
}

void Sut::FailIssued(const std::vector<Slot>& slots) {
  for (Slot slot : slots) responses_.Fail(slot);
}

void Sut::IssueQuery(const std::vector<mlperf::QuerySample>& samples) {
  auto perf_now = mlperf::PerfClock::now();
  int64_t now_ns = MonotonicNowNs();

  struct Choice {
    std::shared_ptr<Consumer> consumer;
    uint32_t index;
    int64_t outstanding;
    std::vector<HandedSample> handed;
  };
  std::vector<Choice> choices;
  {
    std::lock_guard<std::mutex> lock(consumers_mutex_);
    for (uint32_t i = 0; i < consumers_.size(); ++i) {
      if (consumers_[i]->attached)
        choices.push_back({consumers_[i], i, consumers_[i]->outstanding, {}});
    }
  }

  // Each sample goes to the consumer that has the least to do.
  std::vector<uint32_t> chosen(samples.size(), 0);
  std::vector<uint32_t> owner(samples.size(), 0);
  for (size_t i = 0; i < samples.size() && !choices.empty(); ++i) {
    size_t least = 0;
    for (size_t c = 1; c < choices.size(); ++c)
      if (choices[c].outstanding < choices[least].outstanding) least = c;
    ++choices[least].outstanding;
    chosen[i] = static_cast<uint32_t>(least);
    owner[i] = choices[least].index;
  }

  std::vector<Slot> slots;
  responses_.Open(samples, owner, &slots);
  if (choices.empty() || draining_) {
    // on_closed counts down what was never handed over.
    for (uint32_t index : owner) ++consumer(index)->outstanding;
    FailIssued(slots);
    return;
  }
  for (size_t i = 0; i < samples.size(); ++i) {
    choices[chosen[i]].handed.push_back(
        {slots[i], samples[i].index, ScheduledNs(samples[i].id, perf_now, now_ns), now_ns});
  }
  for (Choice& choice : choices) {
    if (choice.handed.empty()) continue;
    choice.consumer->Put(choice.handed.data(), choice.handed.size());
    // It left between the choice and the hand-over: nobody will answer for these.
    if (!choice.consumer->attached) {
      for (const HandedSample& sample : choice.handed) responses_.Fail(sample.slot);
    }
  }
}

}  // namespace flexbench
