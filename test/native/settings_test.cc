// Each rule for settings that LoadGen must not see, one broken at a time.
#include "settings.h"

#include <gtest/gtest.h>

#include <climits>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "test_settings_internal.h"

namespace flexbench {
namespace {

using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Broken {
  const char* name;
  TestScenario scenario;
  std::function<void(TestSettings&, SampleCounts&)> breaks;
  std::multiset<std::string> fields;
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

std::multiset<std::string> ProblemFields(const TestSettings& settings,
                                         const SampleCounts& samples) {
  std::multiset<std::string> fields;
  for (const SettingsProblem& problem : CheckTestSettings(settings, samples)) {
    EXPECT_FALSE(problem.message.empty());
    fields.insert(problem.field);
  }
  return fields;
}

class SettingsRule : public testing::TestWithParam<Broken> {};

TEST_P(SettingsRule, NamesTheFieldAndNoOther) {
  const Broken& broken = GetParam();
  TestSettings settings = DefaultTestSettings();
  settings.scenario = broken.scenario;
  SampleCounts samples{16, 16};
  ASSERT_TRUE(CheckTestSettings(settings, samples).empty());
  broken.breaks(settings, samples);
  EXPECT_EQ(ProblemFields(settings, samples), broken.fields);
}

using S = TestSettings&;
using C = SampleCounts&;
constexpr TestScenario kSingle = TestScenario::SingleStream;
constexpr TestScenario kMulti = TestScenario::MultiStream;
constexpr TestScenario kServer = TestScenario::Server;
constexpr TestScenario kOffline = TestScenario::Offline;

const Broken kBroken[] = {
    {"NoSamples",
     kServer,
     [](S, C c) {
       c = {0, 0};
     },
     {"totalSampleCount"}},
    {"TooManySamples",
     kServer,
     [](S, C c) {
       c = {uint64_t{INT_MAX} + 1, 0};
     },
     {"totalSampleCount"}},
    {"MoreToPerformThanThereAre",
     kServer,
     [](S, C c) { c.performance = 17; },
     {"performanceSampleCount"}},

    {"RateZero", kServer, [](S s, C) { s.server_target_qps = 0; }, {"serverTargetQps"}},
    {"RateNegative", kServer, [](S s, C) { s.server_target_qps = -1; }, {"serverTargetQps"}},
    {"RateNaN", kServer, [](S s, C) { s.server_target_qps = kNaN; }, {"serverTargetQps"}},
    {"RateInfinite", kServer, [](S s, C) { s.server_target_qps = kInfinity; }, {"serverTargetQps"}},
    {"RateTooHigh", kServer, [](S s, C) { s.server_target_qps = 1e9; }, {"serverTargetQps"}},
    {"RateTooLow", kServer, [](S s, C) { s.server_target_qps = 1e-12; }, {"serverTargetQps"}},
    {"OfflineRateZero",
     kOffline,
     [](S s, C) { s.offline_expected_qps = 0; },
     {"offlineExpectedQps"}},
    {"OfflineRateTooHigh",
     kOffline,
     [](S s, C) { s.offline_expected_qps = 1e9; },
     {"offlineExpectedQps"}},
    {"SingleStreamLatencyZero",
     kSingle,
     [](S s, C) { s.single_stream_expected_latency_ns = 0; },
     {"singleStreamExpectedLatencyNs"}},
    {"SingleStreamLatencyTooShort",
     kSingle,
     [](S s, C) { s.single_stream_expected_latency_ns = 1e-3; },
     {"singleStreamExpectedLatencyNs"}},
    {"MultiStreamLatencyNegative",
     kMulti,
     [](S s, C) { s.multi_stream_expected_latency_ns = -1; },
     {"multiStreamExpectedLatencyNs"}},
    {"NoSamplesPerQuery",
     kMulti,
     [](S s, C) { s.multi_stream_samples_per_query = 0; },
     {"multiStreamSamplesPerQuery"}},
    {"TooManySamplesPerQuery",
     kMulti,
     [](S s, C) { s.multi_stream_samples_per_query = 1000001; },
     {"multiStreamSamplesPerQuery"}},
    {"TooManyQueries",
     kServer,
     [](S s, C) { s.min_query_count = 100000001; },
     {"serverTargetQps", "serverTargetQps"}},

    {"FindPeakOutsideServer",
     kOffline,
     [](S s, C) { s.mode = TestMode::FindPeakPerformance; },
     {"mode"}},
    {"FindPeakStepZero",
     kServer,
     [](S s, C) {
       s.mode = TestMode::FindPeakPerformance;
       s.server_find_peak_qps_boundary_step_size = 0;
     },
     {"serverFindPeakQpsBoundaryStepSize"}},
    {"FindPeakPrecision",
     kServer,
     [](S s, C) {
       s.mode = TestMode::FindPeakPerformance;
       s.server_find_peak_qps_decimals_of_precision = 10;
     },
     {"serverFindPeakQpsDecimalsOfPrecision"}},

    {"SingleStreamPercentileOne",
     kSingle,
     [](S s, C) { s.single_stream_target_latency_percentile = 1; },
     {"singleStreamTargetLatencyPercentile"}},
    {"MultiStreamPercentileZero",
     kMulti,
     [](S s, C) { s.multi_stream_target_latency_percentile = 0; },
     {"multiStreamTargetLatencyPercentile"}},
    {"ServerPercentileNaN",
     kServer,
     [](S s, C) { s.server_target_latency_percentile = kNaN; },
     {"serverTargetLatencyPercentile"}},
    {"ServerPercentileAsPercent",
     kServer,
     [](S s, C) { s.server_target_latency_percentile = 99; },
     {"serverTargetLatencyPercentile"}},
    {"AccuracyLogProbability",
     kServer,
     [](S s, C) { s.accuracy_log_probability = 1.01; },
     {"accuracyLogProbability"}},

    // A rate so low that this alone breaks a rule.
    {"MinDurationTooLong",
     kServer,
     [](S s, C) {
       s.min_duration_ms = (uint64_t{1} << 40) + 1;
       s.server_target_qps = 1e-2;
     },
     {"minDurationMs"}},
    {"MaxDurationTooLong",
     kServer,
     [](S s, C) { s.max_duration_ms = (uint64_t{1} << 40) + 1; },
     {"maxDurationMs"}},
    {"MaxDurationBelowMin",
     kServer,
     [](S s, C) { s.max_duration_ms = s.min_duration_ms - 1; },
     {"maxDurationMs"}},
    {"MaxQueriesBelowMin",
     kServer,
     [](S s, C) { s.max_query_count = s.min_query_count - 1; },
     {"maxQueryCount"}},
    {"OneQuery", kServer, [](S s, C) { s.min_query_count = 1; }, {"minQueryCount"}},

    {"EqualIssueOfNothing",
     kOffline,
     [](S s, C) {
       s.sample_concatenate_permutation = true;
       s.min_query_count = 0;
     },
     {"minQueryCount"}},
    {"EqualIssueOfOneSample",
     kServer,
     [](S s, C c) {
       s.sample_concatenate_permutation = true;
       s.min_query_count = 1;
       c.performance = 1;
     },
     {"minQueryCount"}},

    {"UniqueAndSame",
     kServer,
     [](S s, C) { s.performance_issue_unique = s.performance_issue_same = true; },
     {"performanceIssueSame"}},
    {"MoreUniqueThanThereAre",
     kOffline,
     [](S s, C) {
       s.performance_issue_unique = true;
       s.performance_sample_count_override = 17;
     },
     {"performanceSampleCountOverride"}},
    {"OneUniqueSample",
     kServer,
     [](S s, C c) {
       s.performance_issue_unique = true;
       c.performance = 1;
     },
     {"performanceIssueUnique"}},
    {"FewerUniqueThanAQueryHas",
     kMulti,
     [](S s, C c) {
       s.performance_issue_unique = true;
       c.performance = 7;
     },
     {"performanceIssueUnique"}},
    {"SameIndexOutsideTheSet",
     kServer,
     [](S s, C) {
       s.performance_issue_same = true;
       s.performance_issue_same_index = 16;
     },
     {"performanceIssueSameIndex"}},

    {"NoTtftLimit",
     kServer,
     [](S s, C) {
       s.use_token_latencies = true;
       s.server_ttft_latency = 0;
     },
     {"serverTtftLatency"}},
    {"NoTpotLimit",
     kServer,
     [](S s, C) {
       s.use_token_latencies = true;
       s.server_tpot_latency = 0;
     },
     {"serverTpotLatency"}},
    {"NoScalingFactor",
     kServer,
     [](S s, C) {
       s.infer_token_latencies = true;
       s.token_latency_scaling_factor = 0;
     },
     {"tokenLatencyScalingFactor"}},

    {"IssueThreadsOutsideServer",
     kOffline,
     [](S s, C) { s.server_num_issue_query_threads = 1; },
     {"serverNumIssueQueryThreads"}},
    {"TooManyIssueThreads",
     kServer,
     [](S s, C) { s.server_num_issue_query_threads = 65; },
     {"serverNumIssueQueryThreads"}},

    {"SeveralAtOnce",
     kServer,
     [](S s, C c) {
       c.total = c.performance = 0;
       s.server_target_qps = kNaN;
       s.min_query_count = 0;
     },
     {"totalSampleCount", "serverTargetQps", "minQueryCount"}},
};

INSTANTIATE_TEST_SUITE_P(Each, SettingsRule, testing::ValuesIn(kBroken),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SettingsTest, WhatNoScenarioUsesIsNotARule) {
  TestSettings settings = DefaultTestSettings();
  settings.scenario = TestScenario::Offline;
  settings.server_target_qps = 0;
  settings.single_stream_expected_latency_ns = 0;
  settings.server_ttft_latency = 0;
  settings.min_query_count = 1;
  EXPECT_EQ(ProblemFields(settings, {1, 0}), std::multiset<std::string>());
}

TEST(SettingsTest, AnAccuracyTestMayHaveOneQuery) {
  TestSettings settings = DefaultTestSettings();
  settings.scenario = TestScenario::Server;
  settings.mode = TestMode::AccuracyOnly;
  settings.min_query_count = 1;
  EXPECT_EQ(ProblemFields(settings, {1, 1}), std::multiset<std::string>());
}

TEST(SettingsTest, TheLastValueWithinEachRuleIsGood) {
  TestSettings settings = DefaultTestSettings();
  settings.scenario = TestScenario::Server;
  settings.min_query_count = 2;
  settings.max_query_count = 2;
  settings.max_duration_ms = settings.min_duration_ms;
  settings.server_num_issue_query_threads = 64;
  settings.accuracy_log_probability = 1;
  settings.performance_issue_same = true;
  settings.performance_issue_same_index = 15;
  EXPECT_EQ(ProblemFields(settings, {16, 16}), std::multiset<std::string>());
  EXPECT_EQ(ProblemFields(settings, {INT_MAX, 16}), std::multiset<std::string>());
}

TEST(SettingsTest, EveryFieldHasANameOfItsOwnAndADefault) {
  std::set<std::string> names;
  for (const SettingsField& field : SettingsFields()) names.insert(field.name);
  EXPECT_EQ(names.size(), SettingsFields().size());
  EXPECT_EQ(DefaultTestSettings().token_latency_scaling_factor, 1u);
}

TEST(SettingsTest, NamesStandInTheOrderOfLoadGensEnumerations) {
  for (auto scenario : {kSingle, kMulti, kServer, kOffline})
    EXPECT_EQ(ScenarioNames().at(static_cast<size_t>(scenario)),
              mlperf::loadgen::ToString(scenario));
  for (auto mode : {TestMode::SubmissionRun, TestMode::AccuracyOnly, TestMode::PerformanceOnly,
                    TestMode::FindPeakPerformance})
    EXPECT_EQ(ModeNames().at(static_cast<size_t>(mode)), mlperf::loadgen::ToString(mode));
}

}  // namespace
}  // namespace flexbench
