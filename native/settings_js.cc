#include "settings_js.h"

#include <cmath>

namespace flexbench {

namespace {

constexpr double kLargestExactInteger = 9007199254740991.0;

[[noreturn]] void Refuse(Napi::Env env, const std::string& field, const std::string& expected) {
  throw Napi::TypeError::New(env, field + " must be " + expected);
}

template <typename Enum>
Enum ReadName(Napi::Env env, const char* field, const Napi::Value& value,
              const std::vector<std::string>& names) {
  if (value.IsString()) {
    std::string name = value.As<Napi::String>();
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return static_cast<Enum>(i);
  }
  std::string expected = "one of";
  for (const std::string& name : names) expected += " " + name;
  Refuse(env, field, expected);
}

uint64_t ReadWhole(Napi::Env env, const std::string& field, const Napi::Value& value) {
  if (value.IsBigInt()) {
    bool lossless = false;
    uint64_t whole = value.As<Napi::BigInt>().Uint64Value(&lossless);
    if (lossless) return whole;
  } else if (value.IsNumber()) {
    double number = value.As<Napi::Number>();
    if (number >= 0 && number <= kLargestExactInteger && std::floor(number) == number)
      return static_cast<uint64_t>(number);
  }
  Refuse(env, field, "a whole number from 0 to 2^64 - 1");
}

struct ReadField {
  Napi::Env env;
  const char* name;
  const Napi::Value& value;
  mlperf::TestSettings* settings;

  void operator()(bool mlperf::TestSettings::*member) const {
    if (!value.IsBoolean()) Refuse(env, name, "true or false");
    settings->*member = value.As<Napi::Boolean>();
  }
  void operator()(uint64_t mlperf::TestSettings::*member) const {
    settings->*member = ReadWhole(env, name, value);
  }
  void operator()(double mlperf::TestSettings::*member) const {
    if (!value.IsNumber()) Refuse(env, name, "a number");
    settings->*member = value.As<Napi::Number>();
  }
  void operator()(int mlperf::TestSettings::*member) const {
    uint64_t whole = ReadWhole(env, name, value);
    if (whole > 1000000) Refuse(env, name, "a whole number up to 1,000,000");
    settings->*member = static_cast<int>(whole);
  }
  void operator()(mlperf::TestScenario mlperf::TestSettings::*member) const {
    settings->*member = ReadName<mlperf::TestScenario>(env, name, value, ScenarioNames());
  }
  void operator()(mlperf::TestMode mlperf::TestSettings::*member) const {
    settings->*member = ReadName<mlperf::TestMode>(env, name, value, ModeNames());
  }
};

struct WriteField {
  Napi::Env env;
  const SettingsField& field;
  const mlperf::TestSettings& settings;
  Napi::Object* object;

  void operator()(bool mlperf::TestSettings::*member) const {
    object->Set(field.name, Napi::Boolean::New(env, settings.*member));
  }
  void operator()(uint64_t mlperf::TestSettings::*member) const {
    if (field.is_seed)
      object->Set(field.name, Napi::BigInt::New(env, settings.*member));
    else
      object->Set(field.name, Napi::Number::New(env, static_cast<double>(settings.*member)));
  }
  void operator()(double mlperf::TestSettings::*member) const {
    object->Set(field.name, Napi::Number::New(env, settings.*member));
  }
  void operator()(int mlperf::TestSettings::*member) const {
    object->Set(field.name, Napi::Number::New(env, settings.*member));
  }
  void operator()(mlperf::TestScenario mlperf::TestSettings::*member) const {
    object->Set(field.name, ScenarioNames()[static_cast<size_t>(settings.*member)]);
  }
  void operator()(mlperf::TestMode mlperf::TestSettings::*member) const {
    object->Set(field.name, ModeNames()[static_cast<size_t>(settings.*member)]);
  }
};

Napi::Object WriteTestSettings(Napi::Env env, const mlperf::TestSettings& settings) {
  Napi::Object object = Napi::Object::New(env);
  for (const SettingsField& field : SettingsFields())
    std::visit(WriteField{env, field, settings, &object}, field.member);
  return object;
}

std::string ReadText(const Napi::Object& object, const char* field) {
  Napi::Value value = object.Get(field);
  if (!value.IsString()) Refuse(object.Env(), field, "a string");
  return value.As<Napi::String>();
}

bool ReadFlag(const Napi::Object& object, const char* field) {
  Napi::Value value = object.Get(field);
  if (!value.IsBoolean()) Refuse(object.Env(), field, "true or false");
  return value.As<Napi::Boolean>();
}

}  // namespace

mlperf::TestSettings ReadTestSettings(const Napi::Object& object) {
  mlperf::TestSettings settings = DefaultTestSettings();
  for (const SettingsField& field : SettingsFields()) {
    Napi::Value value = object.Get(field.name);
    std::visit(ReadField{object.Env(), field.name, value, &settings}, field.member);
  }
  return settings;
}

mlperf::LogSettings ReadLogSettings(const Napi::Object& object) {
  mlperf::LogSettings log;
  log.log_output.outdir = ReadText(object, "outdir");
  log.log_output.prefix = ReadText(object, "prefix");
  log.log_output.suffix = ReadText(object, "suffix");
  log.log_output.prefix_with_datetime = ReadFlag(object, "prefixWithDatetime");
  log.log_output.copy_detail_to_stdout = ReadFlag(object, "copyDetailToStdout");
  log.log_output.copy_summary_to_stdout = ReadFlag(object, "copySummaryToStdout");
  log.log_mode = mlperf::LoggingMode::AsyncPoll;
  log.log_mode_async_poll_interval_ms = ReadWhole(object.Env(), "logModeAsyncPollIntervalMs",
                                                  object.Get("logModeAsyncPollIntervalMs"));
  log.enable_trace = ReadFlag(object, "enableTrace");
  return log;
}

SampleCounts ReadSampleCounts(const Napi::Object& object) {
  return {ReadWhole(object.Env(), "totalSampleCount", object.Get("total")),
          ReadWhole(object.Env(), "performanceSampleCount", object.Get("performance"))};
}

Napi::Value DefaultTestSettingsJs(const Napi::CallbackInfo& info) {
  return WriteTestSettings(info.Env(), DefaultTestSettings());
}

Napi::Value ApplyConfigJs(const Napi::CallbackInfo& info) {
  mlperf::TestSettings settings = ReadTestSettings(info[0].As<Napi::Object>());
  bool embedded = info[1].IsNull();
  std::string path = embedded ? "" : std::string(info[1].As<Napi::String>());
  std::string model = info[2].As<Napi::String>();
  std::string scenario = info[3].As<Napi::String>();
  // int TestSettings::FromConfig(const std::string &path, const std::string &model,
  //                              const std::string &scenario, int conf_type = 1)
  // Type 0 reads the embedded mlperf.conf, type 2 any file. Type 1 is 0 and then 2 on its first
  // call in a process and a logged error on later ones, so it is not offered.
  int status = settings.FromConfig(path, model, scenario, embedded ? 0 : 2);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("settings", WriteTestSettings(info.Env(), settings));
  result.Set("status", Napi::Number::New(info.Env(), status));
  return result;
}

Napi::Value CheckTestSettingsJs(const Napi::CallbackInfo& info) {
  std::vector<SettingsProblem> problems = CheckTestSettings(
      ReadTestSettings(info[0].As<Napi::Object>()), ReadSampleCounts(info[1].As<Napi::Object>()));
  Napi::Array list = Napi::Array::New(info.Env(), problems.size());
  for (uint32_t i = 0; i < problems.size(); ++i) {
    Napi::Object problem = Napi::Object::New(info.Env());
    problem.Set("where", problems[i].field);
    problem.Set("message", problems[i].message);
    list.Set(i, problem);
  }
  return list;
}

}  // namespace flexbench
