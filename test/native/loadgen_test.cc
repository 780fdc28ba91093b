#include "loadgen_test.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace flexbench {

using mlperf::TestScenario;

void LoadgenTest::SetUp() {
  std::string name = (std::filesystem::temp_directory_path() / "flexbench-native-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
}

void LoadgenTest::TearDown() { std::filesystem::remove_all(folder_); }

mlperf::TestSettings LoadgenTest::ShortTest(TestScenario scenario) {
  mlperf::TestSettings settings = DefaultTestSettings();
  settings.scenario = scenario;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.min_query_count = 100;
  // Only in Server does time pass by itself.
  settings.min_duration_ms = scenario == TestScenario::Server ? 60 : 0;
  settings.server_target_qps = 1500;
  settings.server_target_latency_ns = 10'000'000'000;
  settings.server_target_latency_percentile = 0.9;
  settings.multi_stream_samples_per_query = 4;
  settings.multi_stream_target_latency_percentile = 0.9;
  settings.offline_expected_qps = 1000;
  return settings;
}

mlperf::TestSettings LoadgenTest::ShortTokenTest(TestScenario scenario) {
  mlperf::TestSettings settings = ShortTest(scenario);
  settings.use_token_latencies = true;
  settings.server_ttft_latency = settings.server_tpot_latency = 10'000'000'000;
  return settings;
}

StartResult LoadgenTest::Start(const mlperf::TestSettings& settings, Ask ask) {
  TestRequest request;
  request.settings = settings;
  request.log.log_output.outdir = folder_.string();
  request.log.enable_trace = false;
  request.sut_name = "native";
  request.library_name = "numbers";
  request.samples = samples_;
  ended_ = false;
  return Run::Instance().Start(std::move(request), std::move(ask), [this] {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  });
}

StartResult LoadgenTest::Start(const mlperf::TestSettings& settings) {
  asked_.clear();
  return Start(settings,
               [this](Library request, const std::vector<mlperf::QuerySampleIndex>& samples) {
                 asked_.emplace_back(request, samples.size());
                 Run::Instance().Answer();
                 return true;
               });
}

void LoadgenTest::End() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ended_; });
  }
  Run::Instance().Join();
}

StartResult LoadgenTest::RunToEnd(const mlperf::TestSettings& settings) {
  StartResult result = Start(settings);
  if (result == StartResult::kStarted) End();
  return result;
}

std::string LoadgenTest::ReadLog(const std::string& name) const {
  std::ifstream file(folder_ / ("mlperf_log_" + name));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string LoadgenTest::Detail(const std::string& key) const {
  std::string log = ReadLog("detail.txt");
  size_t line = log.find("\"key\": \"" + key + "\"");
  if (line == std::string::npos) return "";
  const std::string before = "\"value\": ";
  size_t start = log.find(before, line) + before.size();
  std::string value = log.substr(start, log.find(", \"time_ms\"", start) - start);
  if (!value.empty() && value.front() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

size_t LoadgenTest::LoggedErrors() const {
  std::string log = ReadLog("detail.txt");
  size_t errors = 0;
  for (size_t at = log.find("\"is_error\": true"); at != std::string::npos;
       at = log.find("\"is_error\": true", at + 1))
    ++errors;
  return errors;
}

}  // namespace flexbench
