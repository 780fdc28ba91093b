#include "run_js.h"

#include <algorithm>
#include <deque>

#include "js_callback.h"
#include "monotonic_clock.h"
#include "run.h"
#include "settings_js.h"
#include "version.h"

namespace flexbench {

namespace {

enum class EventKind : int { kLoad = 0, kUnload = 1, kEnd = 2 };

struct Event {
  EventKind kind;
  std::vector<mlperf::QuerySampleIndex> samples;
};

// What LoadGen's thread tells the JavaScript thread that started the test.
class TestListener {
 public:
  static std::shared_ptr<TestListener> Create(Napi::Env env, const Napi::Function& on_event) {
    auto listener = std::make_shared<TestListener>();
    listener->on_event_ = Napi::Persistent(on_event);
    std::weak_ptr<TestListener> weak = listener;
    listener->callback_ =
        std::make_shared<JsCallback>(env, "flexbench.test", [weak](Napi::Env env) {
          if (auto alive = weak.lock()) alive->Deliver(env);
        });
    listener->hook_ = new std::shared_ptr<TestListener>(listener);
    napi_add_env_cleanup_hook(env, &TestListener::EnvironmentEnds, listener->hook_);
    return listener;
  }

  bool Post(Event event) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      events_.push_back(std::move(event));
    }
    callback_->Call();
    return true;
  }

  // The test did not start: nothing will be posted.
  void Dismiss(Napi::Env env) { Close(env); }

 private:
  void Deliver(Napi::Env env) {
    std::deque<Event> events;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      events.swap(events_);
    }
    for (const Event& event : events) {
      std::vector<napi_value> arguments = {Napi::Number::New(env, static_cast<int>(event.kind))};
      Napi::Function on_event = on_event_.Value();
      if (event.kind == EventKind::kEnd) {
        Run::Instance().Join();
        Close(env);
      } else {
        Napi::Float64Array samples = Napi::Float64Array::New(env, event.samples.size());
        for (size_t i = 0; i < event.samples.size(); ++i)
          samples[i] = static_cast<double>(event.samples[i]);
        arguments.push_back(samples);
      }
      on_event.Call(arguments);
    }
  }

  void Close(Napi::Env env) {
    callback_->Close();
    // On this thread: LoadGen's thread may hold the listener for longer.
    on_event_.Reset();
    if (hook_ == nullptr) return;
    napi_remove_env_cleanup_hook(env, &TestListener::EnvironmentEnds, hook_);
    delete hook_;
    hook_ = nullptr;
  }

  // The thread that started the test ends before the test does.
  static void EnvironmentEnds(void* held) {
    auto* listener = static_cast<std::shared_ptr<TestListener>*>(held);
    (*listener)->hook_ = nullptr;
    (*listener)->callback_->Close();
    (*listener)->on_event_.SuppressDestruct();
    Run::Instance().Abandon();
    delete listener;
  }

  Napi::FunctionReference on_event_;
  std::shared_ptr<JsCallback> callback_;
  std::shared_ptr<TestListener>* hook_ = nullptr;
  std::mutex mutex_;
  std::deque<Event> events_;
};

// A JavaScript thread that takes samples, with the buffer they are written to.
class ConsumerBinding : public std::enable_shared_from_this<ConsumerBinding> {
 public:
  static uint32_t Attach(Napi::Float64Array buffer, const Napi::Function& on_batch) {
    auto binding = std::make_shared<ConsumerBinding>(buffer, on_batch);
    Live().push_back(binding);
    return binding->index_;
  }

  ConsumerBinding(Napi::Float64Array buffer, const Napi::Function& on_batch)
      : env_(buffer.Env()),
        buffer_(Napi::Persistent(buffer)),
        on_batch_(Napi::Persistent(on_batch)),
        plane_(buffer.Data()),
        capacity_(buffer.ElementLength() / 4),
        handed_(capacity_) {
    callback_ = std::make_shared<JsCallback>(env_, "flexbench.batch",
                                             [this](Napi::Env env) { Deliver(env); });
    index_ = Run::Instance().sut().Attach(callback_);
    consumer_ = Run::Instance().sut().consumer(index_);
    napi_add_env_cleanup_hook(env_, &ConsumerBinding::EnvironmentEnds, this);
  }

  static void Detach(uint32_t index) {
    for (const auto& binding : Live()) {
      if (binding->index_ != index) continue;
      auto leaving = binding;
      napi_remove_env_cleanup_hook(leaving->env_, &ConsumerBinding::EnvironmentEnds, leaving.get());
      leaving->Leave();
      return;
    }
  }

 private:
  using List = std::vector<std::shared_ptr<ConsumerBinding>>;

  // The consumers of this JavaScript thread.
  static List& Live() {
    thread_local List live;
    return live;
  }

  void Deliver(Napi::Env env) {
    bool more = false;
    size_t count = consumer_->Take(handed_.data(), capacity_, &more);
    // Detached from within its own batch, the binding still finishes this call.
    auto alive = shared_from_this();
    // One batch a turn of the event loop: sockets must be read in between.
    if (more) callback_->Call();
    if (count == 0) return;
    double* slots = plane_;
    double* samples = plane_ + capacity_;
    double* scheduled = plane_ + 2 * capacity_;
    double* issued = plane_ + 3 * capacity_;
    for (size_t i = 0; i < count; ++i) {
      slots[i] = static_cast<double>(handed_[i].slot);
      samples[i] = static_cast<double>(handed_[i].sample_index);
      scheduled[i] = static_cast<double>(handed_[i].scheduled_ns);
      issued[i] = static_cast<double>(handed_[i].issued_ns);
    }
    on_batch_.Call({Napi::Number::New(env, static_cast<double>(count))});
  }

  void Leave() {
    callback_->Close();
    Run::Instance().sut().Detach(index_);
    List& live = Live();
    live.erase(std::remove(live.begin(), live.end(), shared_from_this()), live.end());
  }

  // A worker thread ends with its consumer attached: what it still holds is failed here, on its own
  // thread.
  static void EnvironmentEnds(void* held) {
    auto alive = static_cast<ConsumerBinding*>(held)->shared_from_this();
    alive->buffer_.SuppressDestruct();
    alive->on_batch_.SuppressDestruct();
    alive->Leave();
  }

  const Napi::Env env_;
  Napi::Reference<Napi::Float64Array> buffer_;
  Napi::FunctionReference on_batch_;
  double* const plane_;
  const size_t capacity_;
  std::vector<HandedSample> handed_;
  std::shared_ptr<JsCallback> callback_;
  std::shared_ptr<Consumer> consumer_;
  uint32_t index_ = 0;
};

struct Bytes {
  const void* data = nullptr;
  size_t size = 0;
};

// The first `info[length]` bytes of the typed array `info[array]`; none when it is null.
Bytes ReadBytes(const Napi::CallbackInfo& info, size_t array, size_t length) {
  if (!info[array].IsTypedArray()) return {};
  void* data = nullptr;
  size_t elements = 0;
  napi_typedarray_type type;
  napi_get_typedarray_info(info.Env(), info[array], &type, &elements, &data, nullptr, nullptr);
  size_t width =
      type == napi_int32_array || type == napi_float32_array || type == napi_uint32_array ? 4
      : type == napi_float64_array || type == napi_bigint64_array || type == napi_biguint64_array
          ? 8
      : type == napi_int16_array || type == napi_uint16_array ? 2
                                                              : 1;
  size_t size = static_cast<size_t>(info[length].As<Napi::Number>().DoubleValue());
  return {data, std::min(size, elements * width)};
}

Napi::Value ResultOf(const Napi::CallbackInfo& info, ReportResult result) {
  return Napi::Number::New(info.Env(), static_cast<int>(result));
}

// Numbers that are not slots map to slot 0, which never exists.
Slot ReadSlot(const Napi::Value& value) {
  double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  return number >= 0 && number < 9007199254740992.0 ? static_cast<Slot>(number) : 0;
}

}  // namespace

Napi::Value StartTestJs(const Napi::CallbackInfo& info) {
  Napi::Object request = info[0].As<Napi::Object>();
  TestRequest test;
  test.settings = ReadTestSettings(request.Get("settings").As<Napi::Object>());
  test.log = ReadLogSettings(request.Get("log").As<Napi::Object>());
  test.audit_config = request.Get("auditConfig").As<Napi::String>();
  test.sut_name = request.Get("sutName").As<Napi::String>();
  test.library_name = request.Get("libraryName").As<Napi::String>();
  test.samples = ReadSampleCounts(request.Get("samples").As<Napi::Object>());
  if (Run::Instance().running())
    return Napi::Number::New(info.Env(), static_cast<int>(StartResult::kAlreadyRunning));

  auto listener = TestListener::Create(info.Env(), info[1].As<Napi::Function>());
  StartResult result = Run::Instance().Start(
      std::move(test),
      [listener](SampleLibrary::Request request,
                 const std::vector<mlperf::QuerySampleIndex>& samples) {
        bool load = request == SampleLibrary::Request::kLoad;
        return listener->Post({load ? EventKind::kLoad : EventKind::kUnload, samples});
      },
      [listener] {
        listener->Post({EventKind::kEnd, {}});
      });
  if (result != StartResult::kStarted) listener->Dismiss(info.Env());
  return Napi::Number::New(info.Env(), static_cast<int>(result));
}

Napi::Value SamplesReadyJs(const Napi::CallbackInfo& info) {
  Run::Instance().Answer();
  return info.Env().Undefined();
}

Napi::Value AttachJs(const Napi::CallbackInfo& info) {
  uint32_t index =
      ConsumerBinding::Attach(info[0].As<Napi::Float64Array>(), info[1].As<Napi::Function>());
  return Napi::Number::New(info.Env(), index);
}

Napi::Value DetachJs(const Napi::CallbackInfo& info) {
  ConsumerBinding::Detach(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

Napi::Value FirstTokenJs(const Napi::CallbackInfo& info) {
  Bytes bytes = ReadBytes(info, 1, 2);
  return ResultOf(info, Run::Instance().sut().responses().FirstToken(ReadSlot(info[0]), bytes.data,
                                                                     bytes.size));
}

Napi::Value CompleteJs(const Napi::CallbackInfo& info) {
  Bytes bytes = ReadBytes(info, 1, 2);
  int64_t token_count = info[3].As<Napi::Number>().Int64Value();
  return ResultOf(info, Run::Instance().sut().responses().Complete(ReadSlot(info[0]), bytes.data,
                                                                   bytes.size, token_count));
}

Napi::Value CompleteAllJs(const Napi::CallbackInfo& info) {
  Napi::Float64Array slots = info[0].As<Napi::Float64Array>();
  size_t count = std::min<size_t>(slots.ElementLength(), info[1].As<Napi::Number>().Uint32Value());
  size_t refused = Run::Instance().sut().responses().CompleteAll(
      slots.Data(), count, info[2].As<Napi::Number>().Int64Value());
  return Napi::Number::New(info.Env(), static_cast<double>(refused));
}

Napi::Value FailJs(const Napi::CallbackInfo& info) {
  return ResultOf(info, Run::Instance().sut().responses().Fail(ReadSlot(info[0])));
}

Napi::Value DrainJs(const Napi::CallbackInfo& info) {
  Run::Instance().sut().set_draining(true);
  return info.Env().Undefined();
}

Napi::Value FailAllJs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           static_cast<double>(Run::Instance().sut().responses().FailAll()));
}

Napi::Value CountersJs(const Napi::CallbackInfo& info) {
  ReportCounts counts = Run::Instance().sut().responses().counts();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("issued", static_cast<double>(counts.issued));
  object.Set("firstTokens", static_cast<double>(counts.first_tokens));
  object.Set("completed", static_cast<double>(counts.completed));
  object.Set("failed", static_cast<double>(counts.failed));
  object.Set("lastActivityNs", static_cast<double>(counts.last_activity_ns));
  return object;
}

Napi::Value IsRunningJs(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), Run::Instance().running());
}

Napi::Value MonotonicNowNsJs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(MonotonicNowNs()));
}

Napi::Value LoadgenVersionJs(const Napi::CallbackInfo& info) {
  // const std::string& LoadgenVersion()
  return Napi::String::New(info.Env(), mlperf::LoadgenVersion());
}

}  // namespace flexbench
