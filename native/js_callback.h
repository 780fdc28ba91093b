// Every call from a foreign thread into JavaScript goes through JsCallback.
//
// Lifetime rules
// 1. Created on the JavaScript thread that it calls; that thread's event loop stays alive until
// Close.
// 2. Call may come from any thread at any time. It never blocks, and after Close it does nothing:
// the thread-safe
//    function is touched only under the lock that Close takes.
// 3. Calls collapse: until JavaScript has begun to answer one, further ones add nothing.
// 4. Close is called once, on the JavaScript thread: by its owner, or by the environment's clean-up
// hook, whichever
//    comes first. The clean-up hook runs on the same OS thread, so both see one order.
// 5. A JsCallback is held by shared_ptr: a foreign thread that still has one keeps it, closed and
// harmless.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "napi_setup.h"
#include "sut.h"

namespace flexbench {

class JsCallback : public Wake {
 public:
  // `answer` runs on the JavaScript thread, inside a handle scope.
  JsCallback(Napi::Env env, const char* name, std::function<void(Napi::Env)> answer)
      : answer_(std::move(answer)) {
    Napi::String resource = Napi::String::New(env, name);
    napi_status status =
        napi_create_threadsafe_function(env, nullptr, nullptr, resource, 0, 1, nullptr, nullptr,
                                        this, &JsCallback::CallJs, &function_);
    if (status != napi_ok)
      throw Napi::Error::New(env, "Node could not create a thread-safe function");
  }

  void Call() override {
    if (called_.exchange(true)) return;
    std::lock_guard<std::mutex> lock(mutex_);
    if (!closed_) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  }

  void Close() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return;
    closed_ = true;
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
  }

 private:
  static void CallJs(napi_env env, napi_value, void* context, void*) {
    // Without an environment the function is being torn down, and so may be its context.
    if (env == nullptr) return;
    auto* self = static_cast<JsCallback*>(context);
    self->called_ = false;
    if (self->closed_) return;
    try {
      self->answer_(Napi::Env(env));
    } catch (const Napi::Error& error) {
      // Node reports it as an uncaught exception; a C++ exception must not cross Node's frames. In
      // a thread that is being terminated there is no error to report, and the attempt fails.
      if (!error.IsEmpty()) napi_throw(env, error.Value());
    }
  }

  const std::function<void(Napi::Env)> answer_;
  napi_threadsafe_function function_ = nullptr;
  std::mutex mutex_;
  std::atomic<bool> called_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace flexbench
