// Settings between JavaScript objects and LoadGen's structs. On the JavaScript thread only.
#pragma once

#include "napi_setup.h"
#include "settings.h"

namespace flexbench {

// Reads a whole settings object; throws a TypeError that names the field on a missing field or
// wrong type.
mlperf::TestSettings ReadTestSettings(const Napi::Object& object);
mlperf::LogSettings ReadLogSettings(const Napi::Object& object);
SampleCounts ReadSampleCounts(const Napi::Object& object);

// defaultTestSettings(): TestSettings
Napi::Value DefaultTestSettingsJs(const Napi::CallbackInfo& info);
// applyConfig(settings, path: string | null, model, scenario): { settings, status }
Napi::Value ApplyConfigJs(const Napi::CallbackInfo& info);
// checkTestSettings(settings, { total, performance }): { field, message }[]
Napi::Value CheckTestSettingsJs(const Napi::CallbackInfo& info);

}  // namespace flexbench
