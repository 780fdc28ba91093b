#include "sample_library.h"

namespace flexbench {

void SampleLibrary::Answer() {
  std::lock_guard<std::mutex> lock(mutex_);
  answered_ = true;
  answered_changed_.notify_all();
}

void SampleLibrary::Abandon() {
  std::lock_guard<std::mutex> lock(mutex_);
  abandoned_ = true;
  answered_changed_.notify_all();
}

void SampleLibrary::AskAndWait(Request request,
                               const std::vector<mlperf::QuerySampleIndex>& samples) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (abandoned_) return;
    answered_ = false;
  }
  if (!ask_(request, samples)) return;
  std::unique_lock<std::mutex> lock(mutex_);
  answered_changed_.wait(lock, [this] { return answered_ || abandoned_; });
}

}  // namespace flexbench
