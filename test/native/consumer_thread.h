// A C++ thread in the place of a JavaScript thread: attaches to the SUT, takes samples when it is
// woken, and detaches on its own thread when it is stopped.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sut.h"

namespace flexbench {

// A wake that a thread can wait for, and that counts its calls.
class WaitableWake : public Wake {
 public:
  void Call() override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++calls_;
    pending_ = true;
    changed_.notify_all();
  }

  // False once Stop was called and nothing is pending.
  bool Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return pending_ || stopped_; });
    bool woken = pending_;
    pending_ = false;
    return woken;
  }

  void Stop() {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  int calls() {
    std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int calls_ = 0;
  bool pending_ = false;
  bool stopped_ = false;
};

class ConsumerThread {
 public:
  using Answer = std::function<void(Responses&, const HandedSample&)>;

  ConsumerThread(Sut& sut, Answer answer, size_t batch = 16)
      : wake_(std::make_shared<WaitableWake>()) {
    std::promise<void> attached;
    thread_ = std::thread([this, &sut, &attached, answer = std::move(answer), batch] {
      uint32_t index = sut.Attach(wake_);
      std::shared_ptr<Consumer> consumer = sut.consumer(index);
      attached.set_value();
      std::vector<HandedSample> taken(batch);
      while (wake_->Wait()) {
        for (bool more = true; more;) {
          size_t count = consumer->Take(taken.data(), batch, &more);
          for (size_t i = 0; i < count; ++i) answer(sut.responses(), taken[i]);
        }
      }
      sut.Detach(index);
    });
    attached.get_future().wait();
  }

  ~ConsumerThread() { Stop(); }

  void Stop() {
    wake_->Stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  const std::shared_ptr<WaitableWake> wake_;
  std::thread thread_;
};

}  // namespace flexbench
