// The list of what JavaScript gets. Not offered, and why:
// AbortTest hangs StartTest forever; FromConfig type 1 counts its calls per process;
// QueryDispatchLibrary adds no member to SystemUnderTest; a ResponseCallback would run JavaScript
// on a foreign thread.
#include "run_js.h"
#include "settings_js.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  using namespace flexbench;
  auto add = [&](const char* name, auto function) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("loadgenVersion", LoadgenVersionJs);
  add("defaultTestSettings", DefaultTestSettingsJs);
  add("applyConfig", ApplyConfigJs);
  add("checkTestSettings", CheckTestSettingsJs);
  add("startTest", StartTestJs);
  add("samplesReady", SamplesReadyJs);
  add("attach", AttachJs);
  add("detach", DetachJs);
  add("firstToken", FirstTokenJs);
  add("complete", CompleteJs);
  add("completeAll", CompleteAllJs);
  add("fail", FailJs);
  add("drain", DrainJs);
  add("failAll", FailAllJs);
  add("counters", CountersJs);
  add("isRunning", IsRunningJs);
  add("monotonicNowNs", MonotonicNowNsJs);
  return exports;
}

NODE_API_MODULE(flexbench, Init)
