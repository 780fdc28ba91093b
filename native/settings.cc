#include "settings.h"

#include <algorithm>
#include <climits>
#include <cmath>

namespace flexbench {

using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;

const std::vector<SettingsField>& SettingsFields() {
  static const std::vector<SettingsField> fields = {
      {"scenario", &TestSettings::scenario},
      {"mode", &TestSettings::mode},
      {"singleStreamExpectedLatencyNs", &TestSettings::single_stream_expected_latency_ns},
      {"singleStreamTargetLatencyPercentile",
       &TestSettings::single_stream_target_latency_percentile},
      {"multiStreamExpectedLatencyNs", &TestSettings::multi_stream_expected_latency_ns},
      {"multiStreamTargetLatencyPercentile", &TestSettings::multi_stream_target_latency_percentile},
      {"multiStreamSamplesPerQuery", &TestSettings::multi_stream_samples_per_query},
      {"serverTargetQps", &TestSettings::server_target_qps},
      {"serverTargetLatencyNs", &TestSettings::server_target_latency_ns},
      {"serverTargetLatencyPercentile", &TestSettings::server_target_latency_percentile},
      {"serverCoalesceQueries", &TestSettings::server_coalesce_queries},
      {"serverFindPeakQpsDecimalsOfPrecision",
       &TestSettings::server_find_peak_qps_decimals_of_precision},
      {"serverFindPeakQpsBoundaryStepSize", &TestSettings::server_find_peak_qps_boundary_step_size},
      {"serverMaxAsyncQueries", &TestSettings::server_max_async_queries},
      {"serverNumIssueQueryThreads", &TestSettings::server_num_issue_query_threads},
      {"offlineExpectedQps", &TestSettings::offline_expected_qps},
      {"sampleConcatenatePermutation", &TestSettings::sample_concatenate_permutation},
      {"minDurationMs", &TestSettings::min_duration_ms},
      {"maxDurationMs", &TestSettings::max_duration_ms},
      {"minQueryCount", &TestSettings::min_query_count},
      {"maxQueryCount", &TestSettings::max_query_count},
      {"qslRngSeed", &TestSettings::qsl_rng_seed, true},
      {"sampleIndexRngSeed", &TestSettings::sample_index_rng_seed, true},
      {"scheduleRngSeed", &TestSettings::schedule_rng_seed, true},
      {"accuracyLogRngSeed", &TestSettings::accuracy_log_rng_seed, true},
      {"accuracyLogProbability", &TestSettings::accuracy_log_probability},
      {"accuracyLogSamplingTarget", &TestSettings::accuracy_log_sampling_target},
      {"test05", &TestSettings::test05},
      {"test05QslRngSeed", &TestSettings::test05_qsl_rng_seed, true},
      {"test05SampleIndexRngSeed", &TestSettings::test05_sample_index_rng_seed, true},
      {"test05ScheduleRngSeed", &TestSettings::test05_schedule_rng_seed, true},
      {"printTimestamps", &TestSettings::print_timestamps},
      {"performanceIssueUnique", &TestSettings::performance_issue_unique},
      {"performanceIssueSame", &TestSettings::performance_issue_same},
      {"performanceIssueSameIndex", &TestSettings::performance_issue_same_index},
      {"performanceSampleCountOverride", &TestSettings::performance_sample_count_override},
      {"accuracySampleCountOverride", &TestSettings::accuracy_sample_count_override},
      {"useTokenLatencies", &TestSettings::use_token_latencies},
      {"serverTtftLatency", &TestSettings::server_ttft_latency},
      {"serverTpotLatency", &TestSettings::server_tpot_latency},
      {"inferTokenLatencies", &TestSettings::infer_token_latencies},
      {"tokenLatencyScalingFactor", &TestSettings::token_latency_scaling_factor},
  };
  return fields;
}

const std::vector<std::string>& ScenarioNames() {
  static const std::vector<std::string> names = {"SingleStream", "MultiStream", "Server",
                                                 "Offline"};
  return names;
}

const std::vector<std::string>& ModeNames() {
  static const std::vector<std::string> names = {"SubmissionRun", "AccuracyOnly", "PerformanceOnly",
                                                 "FindPeakPerformance"};
  return names;
}

TestSettings DefaultTestSettings() {
  TestSettings settings;
  settings.token_latency_scaling_factor = 1;
  return settings;
}

namespace {

// LoadGen builds the whole schedule before the first query; at some 200 bytes a query this is 20
// GB.
constexpr double kMostGeneratedQueries = 1e8;
// LoadGen counts scheduled nanoseconds in 64 bits; a draw of the exponential may be 40 times its
// mean.
constexpr double kLongestScheduleSeconds = 1e8;
constexpr uint64_t kLongestDurationMs = uint64_t{1} << 40;
constexpr uint64_t kMostIssueThreads = 64;

class Check {
 public:
  Check(const TestSettings& settings, const SampleCounts& samples)
      : settings_(settings), samples_(samples) {}

  std::vector<SettingsProblem> Run() {
    Samples();
    Load();
    Percentiles();
    Durations();
    EqualIssue();
    AuditModes();
    TokenLatencies();
    IssueThreads();
    return std::move(problems_);
  }

 private:
  void Add(const char* field, std::string message) {
    problems_.push_back({field, std::move(message)});
  }

  bool Performs() const { return settings_.mode != TestMode::AccuracyOnly; }

  // The set of samples that a performance test draws from, as LoadGen caps it.
  uint64_t PerformanceSet() const {
    uint64_t asked = settings_.performance_sample_count_override != 0
                         ? settings_.performance_sample_count_override
                         : samples_.performance;
    return asked == 0 ? samples_.total : std::min(asked, samples_.total);
  }

  void Samples() {
    // An empty library makes LoadGen read past the end of an empty set.
    if (samples_.total == 0) Add("totalSampleCount", "must be at least 1");
    if (samples_.total > INT_MAX) Add("totalSampleCount", "must fit in 31 bits");
    if (samples_.performance > samples_.total)
      Add("performanceSampleCount", "must not be larger than totalSampleCount");
  }

  void PositiveFinite(const char* field, double value) {
    if (!(std::isfinite(value) && value > 0)) Add(field, "must be a finite number above 0");
  }

  // A rate of zero or NaN makes LoadGen generate queries until memory runs out.
  void Load() {
    double min_duration_s = static_cast<double>(settings_.min_duration_ms) / 1e3;
    double queries_per_second = 0;
    const char* field = "";
    switch (settings_.scenario) {
      case TestScenario::SingleStream:
        field = "singleStreamExpectedLatencyNs";
        PositiveFinite(field, settings_.single_stream_expected_latency_ns);
        queries_per_second = 2e9 / settings_.single_stream_expected_latency_ns;
        break;
      case TestScenario::MultiStream:
        field = "multiStreamExpectedLatencyNs";
        PositiveFinite(field, settings_.multi_stream_expected_latency_ns);
        queries_per_second = 2e9 / settings_.multi_stream_expected_latency_ns;
        if (settings_.multi_stream_samples_per_query == 0 ||
            settings_.multi_stream_samples_per_query > 1000000)
          Add("multiStreamSamplesPerQuery", "must be from 1 to 1,000,000");
        break;
      case TestScenario::Server:
        field = "serverTargetQps";
        PositiveFinite(field, settings_.server_target_qps);
        queries_per_second = settings_.server_target_qps;
        break;
      case TestScenario::Offline:
        field = "offlineExpectedQps";
        PositiveFinite(field, settings_.offline_expected_qps);
        queries_per_second = 1.1 * settings_.offline_expected_qps;
        break;
    }
    if (!std::isfinite(queries_per_second) || queries_per_second <= 0) return;
    double generated = std::max(queries_per_second * min_duration_s,
                                static_cast<double>(settings_.min_query_count));
    if (generated > kMostGeneratedQueries)
      Add(field,
          "asks LoadGen to prepare more than 100 million queries, which does not fit in "
          "memory; shorten minDurationMs or lower the rate");
    if (static_cast<double>(settings_.min_query_count) / queries_per_second >
        kLongestScheduleSeconds)
      Add(field, "is so low that the schedule of minQueryCount queries spans years");
    if (settings_.mode == TestMode::FindPeakPerformance) FindPeak();
  }

  void FindPeak() {
    if (settings_.scenario != TestScenario::Server)
      Add("mode", "FindPeakPerformance works in the Server scenario only");
    PositiveFinite("serverFindPeakQpsBoundaryStepSize",
                   settings_.server_find_peak_qps_boundary_step_size);
    if (settings_.server_find_peak_qps_decimals_of_precision < 0 ||
        settings_.server_find_peak_qps_decimals_of_precision > 9)
      Add("serverFindPeakQpsDecimalsOfPrecision", "must be from 0 to 9");
  }

  // At 1.0 LoadGen reads one element past the end of its sorted latencies.
  void Percentile(const char* field, double value) {
    if (!(value > 0 && value < 1))
      Add(field, "must be a fraction above 0 and below 1, such as 0.99");
  }

  void Percentiles() {
    Percentile("singleStreamTargetLatencyPercentile",
               settings_.single_stream_target_latency_percentile);
    Percentile("multiStreamTargetLatencyPercentile",
               settings_.multi_stream_target_latency_percentile);
    Percentile("serverTargetLatencyPercentile", settings_.server_target_latency_percentile);
    if (!(settings_.accuracy_log_probability >= 0 && settings_.accuracy_log_probability <= 1))
      Add("accuracyLogProbability", "must be a fraction from 0 to 1");
  }

  void Durations() {
    if (settings_.min_duration_ms > kLongestDurationMs)
      Add("minDurationMs", "is longer than 34 years");
    if (settings_.max_duration_ms > kLongestDurationMs)
      Add("maxDurationMs", "is longer than 34 years");
    // LoadGen would end early, and log that as an error.
    if (settings_.max_duration_ms != 0 && settings_.max_duration_ms < settings_.min_duration_ms)
      Add("maxDurationMs", "must be 0 (no limit) or at least minDurationMs");
    if (settings_.max_query_count != 0 && settings_.max_query_count < settings_.min_query_count)
      Add("maxQueryCount", "must be 0 (no limit) or at least minQueryCount");
    // With one query the span of the test is zero and LoadGen prints -nan, which is not JSON.
    if (Performs() && settings_.scenario == TestScenario::Server &&
        !settings_.sample_concatenate_permutation && settings_.min_query_count < 2)
      Add("minQueryCount", "must be at least 2 in the Server scenario: rates need two queries");
  }

  // LoadGen divides by the number of permuted samples.
  void EqualIssue() {
    if (!settings_.sample_concatenate_permutation) return;
    if (settings_.min_query_count == 0)
      Add("minQueryCount",
          "must not be 0 with sampleConcatenatePermutation: LoadGen divides by it");
    if (Performs() && settings_.scenario == TestScenario::Server && PerformanceSet() < 2 &&
        settings_.min_query_count < 2)
      Add("minQueryCount", "must be at least 2 in the Server scenario: rates need two queries");
  }

  void AuditModes() {
    if (settings_.performance_issue_unique && settings_.performance_issue_same)
      Add("performanceIssueSame", "excludes performanceIssueUnique");
    uint64_t unique = settings_.performance_sample_count_override != 0
                          ? settings_.performance_sample_count_override
                          : PerformanceSet();
    // In Offline LoadGen then generates no query at all and reads past the end.
    if (settings_.performance_issue_unique && unique > samples_.total)
      Add("performanceSampleCountOverride",
          "must not be larger than totalSampleCount with performanceIssueUnique");
    if (settings_.performance_issue_unique && Performs() &&
        settings_.scenario == TestScenario::Server && unique < 2)
      Add("performanceIssueUnique", "needs at least 2 samples in the Server scenario");
    if (settings_.performance_issue_unique && settings_.scenario == TestScenario::MultiStream &&
        unique < settings_.multi_stream_samples_per_query)
      Add("performanceIssueUnique", "needs at least multiStreamSamplesPerQuery samples");
    if (settings_.performance_issue_same &&
        settings_.performance_issue_same_index >= PerformanceSet())
      Add("performanceIssueSameIndex", "must be below the number of performance samples");
  }

  void TokenLatencies() {
    if (settings_.use_token_latencies && settings_.scenario == TestScenario::Server &&
        (settings_.server_ttft_latency == 0 || settings_.server_tpot_latency == 0))
      Add(settings_.server_ttft_latency == 0 ? "serverTtftLatency" : "serverTpotLatency",
          "must be above 0 ns with useTokenLatencies");
    if (settings_.infer_token_latencies && settings_.token_latency_scaling_factor == 0)
      Add("tokenLatencyScalingFactor", "must be above 0 with inferTokenLatencies");
  }

  void IssueThreads() {
    if (settings_.server_num_issue_query_threads == 0) return;
    if (settings_.scenario != TestScenario::Server)
      Add("serverNumIssueQueryThreads", "must be 0 outside the Server scenario");
    if (settings_.server_num_issue_query_threads > kMostIssueThreads)
      Add("serverNumIssueQueryThreads", "must be at most 64");
  }

  const TestSettings& settings_;
  const SampleCounts& samples_;
  std::vector<SettingsProblem> problems_;
};

}  // namespace

std::vector<SettingsProblem> CheckTestSettings(const TestSettings& settings,
                                               const SampleCounts& samples) {
  return Check(settings, samples).Run();
}

}  // namespace flexbench
