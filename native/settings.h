// LoadGen's settings as a table of fields, and the checks that LoadGen itself does not make.
// Nothing here knows of JavaScript.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "test_settings.h"

namespace flexbench {

// One field of mlperf::TestSettings: its JavaScript name and the member it stands for.
struct SettingsField {
  using Member = std::variant<bool mlperf::TestSettings::*, uint64_t mlperf::TestSettings::*,
                              double mlperf::TestSettings::*, int mlperf::TestSettings::*,
                              mlperf::TestScenario mlperf::TestSettings::*,
                              mlperf::TestMode mlperf::TestSettings::*>;
  const char* name;
  Member member;
  // Seeds use all 64 bits: BigInt in JavaScript.
  bool is_seed = false;
};

// Every field, in the order of upstream's test_settings.h.
const std::vector<SettingsField>& SettingsFields();

// LoadGen's own defaults, with token_latency_scaling_factor set: upstream leaves it uninitialised.
mlperf::TestSettings DefaultTestSettings();

// The names LoadGen gives to its enumerations, as they stand in its logs.
const std::vector<std::string>& ScenarioNames();
const std::vector<std::string>& ModeNames();

struct SampleCounts {
  uint64_t total = 0;
  // 0 means all of them, as in upstream's QuerySampleLibrary.
  uint64_t performance = 0;
};

// What is wrong with one field. `field` is the JavaScript name, `message` one sentence without it.
struct SettingsProblem {
  std::string field;
  std::string message;
};

// Everything that would make LoadGen crash, hang, run out of memory, or write logs that are not
// JSON. The hazards are those of LoadGen 6.0.17; each check names what would happen.
std::vector<SettingsProblem> CheckTestSettings(const mlperf::TestSettings& settings,
                                               const SampleCounts& samples);

}  // namespace flexbench
